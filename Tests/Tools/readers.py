"""What a tool finds in datasets, as a JSON array of {"classes": […], "samples": {split: [[name, class, digest]]}}, where
the digest is that of the pixels.

Usage: readers.py TOOL ARCHIVE FOLDER …, with the tool's own interpreter. The archive is unpacked into the folder; the
samples stand in the order in which the tool has them. A name is without its ending, because a marked JPEG file becomes a PNG file.
"""

import hashlib
import json
import os
import pathlib
import pickle
import sys
import tarfile
import zipfile


def digest(image):
    return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()


def stem(path):
    return str(pathlib.Path(path).with_suffix(""))


def torchvision_():
    """torchvision, whose compiled part may be for another torch: then what that declares is missing, and a data set needs
    none of it."""
    import torch
    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in "nms", "qnms":
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        globals()["library"] = library  # what it declares is gone with it
        import torchvision
    return torchvision


def image_folder(archive, folder):
    from importlib import import_module
    torchvision_()
    kind = import_module("torchvision.datasets").ImageFolder
    found = {}
    for split in sorted(os.listdir(folder)):
        data = kind(str(folder / split))
        found[split] = [
            [stem(pathlib.Path(path).relative_to(folder)), data.classes[label], digest(image)]
            for (path, _), (image, label) in zip(data.samples, data, strict=True)]
    return {"classes": data.classes, "samples": found}


def cifar(archive, folder, home, base, names, batches, label_at, labels):
    """torchvision's CIFAR10 or CIFAR100, which take the official files only, told the digests of these batches, pickled."""
    import numpy
    pickled = folder.parent / (folder.name + "-pickled")
    (pickled / base.base_folder).mkdir(parents=True)

    def put(name, value):
        path = pickled / base.base_folder / name
        path.write_bytes(pickle.dumps(value))
        return [name, hashlib.md5(path.read_bytes()).hexdigest()]

    def batch(name):
        records = numpy.frombuffer((folder / home / f"{name}.bin").read_bytes(), numpy.uint8)
        records = records.reshape(-1, 3072 + label_at + 1)
        return put(name, {labels: records[:, label_at].tolist(), "data": records[:, label_at + 1:]})

    known = {"filename": base.meta["filename"], "key": base.meta["key"]}
    known["md5"] = put(known["filename"], {known["key"]: (folder / home / names).read_text().split()})[1]
    lists = {"train_list": [batch(name) for name in batches[:-1]], "test_list": [batch(batches[-1])], "meta": known}
    try:
        base(str(pickled))
        raise SystemExit(f"torchvision's {base.__name__} takes files that are not the official ones")
    except RuntimeError as error:
        assert "corrupted" in str(error), error
    kind = type(base.__name__, (base,), lists)
    found = {}
    for split, train in ("train", True), ("test", False):
        data = kind(str(pickled), train=train)
        found[split] = [[str(place), data.classes[label], digest(image)] for place, (image, label) in enumerate(data)]
    return {"classes": data.classes, "samples": found}


def cifar10(archive, folder):
    batches = [f"data_batch_{place}" for place in range(1, 6)] + ["test_batch"]
    return cifar(archive, folder, "cifar-10-batches-bin", torchvision_().datasets.CIFAR10, "batches.meta.txt", batches, 0,
                 "labels")


def cifar100(archive, folder):
    return cifar(archive, folder, "cifar-100-binary", torchvision_().datasets.CIFAR100, "fine_label_names.txt",
                 ["train", "test"], 1, "fine_labels")


def mnist(archive, folder):
    datasets = torchvision_().datasets
    raw = folder.parent / (folder.name + "-mnist") / "MNIST" / "raw"
    raw.parent.mkdir(parents=True)
    raw.symlink_to(folder)
    found = {}
    for split, train in ("train", True), ("test", False):
        data = datasets.MNIST(str(raw.parent.parent), train=train)
        found[split] = [[str(place), data.classes[label], digest(image)] for place, (image, label) in enumerate(data)]
    return {"classes": data.classes, "samples": found}


def imagefolder(archive, folder):
    """Hugging Face."""
    import datasets
    datasets.disable_progress_bars()
    data = datasets.load_dataset("imagefolder", data_dir=str(folder), cache_dir=str(folder.parent / "cache"))
    (found, names) = ({}, None)
    for split, rows in data.items():
        # Of folders it makes classes, of a table's column whatever stands in it.
        if isinstance(rows.features["label"], datasets.ClassLabel):
            names = rows.features["label"].names
        else:
            names = sorted(set(rows["label"]))
            rows = rows.cast_column("label", datasets.ClassLabel(names=names))
        paths = [row["image"]["path"] for row in rows.cast_column("image", datasets.Image(decode=False))]
        found[split] = [
            [stem(pathlib.Path(path).relative_to(folder)), names[row["label"]], digest(row["image"])]
            for path, row in zip(paths, rows, strict=True)]
    return {"classes": names, "samples": found}


def tfds(archive, folder):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow_datasets
    from PIL import Image
    builder = tensorflow_datasets.ImageFolder(str(folder))
    names = builder.info.features["label"].names
    found = {}
    for split in builder.info.splits:
        rows = tensorflow_datasets.as_numpy(builder.as_dataset(split=split, shuffle_files=False))
        # It lists files in whatever order the system has them: sorted here.
        found[split] = sorted(
            [stem(pathlib.Path(row["image/filename"].decode()).relative_to(folder)), names[row["label"]],
             digest(Image.fromarray(row["image"]))] for row in rows)
    return {"classes": list(names), "samples": found}


def webdataset(archive, folder):
    import io
    import webdataset
    from PIL import Image
    rows, names = [], set()
    for row in webdataset.WebDataset(str(archive), shardshuffle=False, empty_check=False):
        [content] = [row[key] for key in ("png", "jpg") if key in row]
        name = row["cls"].decode() if "cls" in row else pathlib.Path(row["__key__"]).parent.name
        names.add(name)
        rows.append([row["__key__"], name, digest(Image.open(io.BytesIO(content)))])
    return {"classes": sorted(names), "samples": {"all": rows}}


def croissant(archive, folder):
    """mlcroissant: the records that croissant.json describes; the folder is the release."""
    import logging
    import mlcroissant
    logging.disable()
    data = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))

    def text(value):
        return value.decode() if isinstance(value, bytes) else value

    classes = [text(row["classes/name"]) for row in data.records("classes")]
    rows = {}
    if any(record.id == "images" for record in data.metadata.record_sets):
        for number, row in enumerate(data.records("images")):
            rows.setdefault(text(row["images/folder"]), []).append(
                [str(number), text(row["images/label"]), digest(row["images/image"])])
    return {"classes": classes, "samples": rows}


def in_toto(archive, folder):
    """in-toto's own classes."""
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.v1.statement import Statement
    from in_toto_attestation.v1.statement_pb2 import Statement as Message
    message = json_format.Parse((folder / "provenance.json").read_text(), Message())
    Statement.copy_from_pb(message).validate()
    predicate = json_format.ParseDict(
        json_format.MessageToDict(message.predicate), provenance_pb2.Provenance())
    assert predicate.build_definition.build_type and predicate.run_details.builder.id, predicate
    with_digests = {subject.name: subject.digest["sha256"] for subject in message.subject}
    for name, stated in with_digests.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == stated, name
    return {"classes": [], "samples": {}}


def unpacked(archive, folder):
    """As everybody unpacks it; archives in it become folders."""
    if folder.exists():
        return
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as whole:
            whole.extractall(folder)
        return
    with tarfile.open(archive) as whole:
        whole.extractall(folder, filter="data")
    for inner in folder.glob("*.tar"):
        with tarfile.open(inner) as part:
            part.extractall(folder / "train" / inner.stem, filter="data")
        inner.unlink()


TOOLS = {
    "torchvision.ImageFolder": image_folder, "torchvision.CIFAR10": cifar10, "torchvision.CIFAR100": cifar100,
    "torchvision.MNIST": mnist,
    "datasets": imagefolder, "tfds.ImageFolder": tfds, "webdataset": webdataset, "mlcroissant": croissant,
    "in-toto": in_toto,
}

if __name__ == "__main__":
    tool, places = sys.argv[1], [pathlib.Path(place).resolve() for place in sys.argv[2:]]
    found = []
    for archive, folder in zip(places[::2], places[1::2], strict=True):
        if tool not in ("mlcroissant", "in-toto", "webdataset"):
            unpacked(archive, folder)
        found.append(TOOLS[tool](archive, folder))
    print(json.dumps(found))
