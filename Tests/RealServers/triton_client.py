"""Asks a server with Triton's own HTTP client, over JSON and binary tensors. Usage: triton_client.py HOST:PORT DIRECTORY FORM"""

import pathlib
import sys

import numpy as np
import tritonclient.http as triton

from small_model import CLASSES


def ask(client, images, binary, name):
    tensor = triton.InferInput("image", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary)
    wanted = [triton.InferRequestedOutput(name, binary_data=binary)]
    return client.infer("small", [tensor], outputs=wanted, request_id="7").as_numpy(name)


def main():
    address, directory, form = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    images, truth = np.load(directory / "images.npy"), np.load(directory / "probabilities.npy")
    client = triton.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("small")
    assert not client.is_model_ready("other")
    metadata = client.get_model_metadata("small")
    assert metadata["inputs"][0]["shape"] == [-1, *images.shape[1:]], metadata
    assert metadata["outputs"][0]["parameters"]["classes"] == CLASSES, metadata
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    name = metadata["outputs"][0]["name"]
    ranking = np.argsort(-truth, axis=1)
    for binary in (False, True):
        found = ask(client, images, binary, name)
        if form == "probabilities":
            assert found.dtype == np.float32 and np.abs(found - truth).max() < 1e-5, np.abs(found - truth).max()
        elif form == "label":
            assert [row[0].decode() if binary else row[0] for row in found] == [CLASSES[row[0]] for row in ranking]
        else:
            for row, order, values in zip(found, ranking, truth):
                for entry, index in zip(row, order):
                    score, number, label = (entry.decode() if binary else entry).split(":")
                    assert int(number) == index and label == CLASSES[index]
                    assert abs(float(score) - values[index]) <= 0.0051
    try:
        ask(client, images[:, :, :8], True, name)
    except triton.InferenceServerException as error:
        assert "shape" in str(error), error
    else:
        raise AssertionError("a wrong shape was accepted")
    # What a client does that asks for nothing in particular.
    tensor = triton.InferInput("image", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images)
    assert len(client.infer("small", [tensor]).as_numpy(name)) == len(images)
    print(f"tritonclient, {form}: JSON and binary agree with numpy")


if __name__ == "__main__":
    main()
