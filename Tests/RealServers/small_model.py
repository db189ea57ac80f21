"""A small classifier in numpy, and the same in a model file of Dandyroll's: two convolutions, two linear layers.

Usage: small_model.py DIRECTORY [--seed N]   writes small.safetensors and twelve PNG files to ask about
"""

import argparse
import json
import pathlib
import struct
import zlib

import numpy as np

CLASSES = ["plane", "car", "bird", "cat", "deer"]
CHANNELS, SIDE, WIDTH = 3, 16, 8


def weights(seed):
    """Tensors by PyTorch's names and layouts, large enough that the answers differ from each other."""
    draw = np.random.default_rng(seed)
    hidden = 2 * WIDTH * (SIDE // 4) ** 2
    shapes = {
        "conv1.weight": (WIDTH, CHANNELS, 3, 3), "conv2.weight": (2 * WIDTH, WIDTH, 3, 3),
        "fc1.weight": (4 * WIDTH, hidden), "fc2.weight": (len(CLASSES), 4 * WIDTH),
    }
    result = {}
    for name, shape in shapes.items():
        fan = int(np.prod(shape[1:]))
        result[name] = draw.normal(0, 2 / np.sqrt(fan), shape).astype(np.float32)
        result[name.replace("weight", "bias")] = draw.normal(0, 0.1, shape[0]).astype(np.float32)
    return result


def save(path, tensors):
    network = {
        "architecture": "cnn", "classes": len(CLASSES), "depth": 0,
        "input": {"channels": CHANNELS, "height": SIDE, "width": SIDE}, "width": WIDTH,
    }
    header = {"__metadata__": {
        "format": "dandyroll-model/1", "network": json.dumps(network), "classes": json.dumps(CLASSES)}}
    body = b""
    for name in sorted(tensors):
        data = tensors[name].tobytes()
        header[name] = {
            "dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def load(path):
    """The tensors and the description of a model file of Dandyroll's."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    network = json.loads(header.pop("__metadata__")["network"])
    start = 8 + length
    return {
        name: np.frombuffer(
            data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]], np.float32).reshape(entry["shape"])
        for name, entry in header.items()}, network


def convolve(x, weight, bias=None, stride=1):
    """1×1 or 3×3, with a border of zeros that keeps the size. x: (N, C, H, W)"""
    height, width = x.shape[2:]
    size = weight.shape[2]
    border = size // 2
    padded = np.pad(x, ((0, 0), (0, 0), (border, border), (border, border)))
    result = 0
    for row in range(size):
        for column in range(size):
            window = padded[:, :, row:row + height:stride, column:column + width:stride]
            result = result + np.einsum("nchw,oc->nohw", window, weight[:, :, row, column])
    return result if bias is None else result + bias[None, :, None, None]


def pool(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))


class SmallNetwork:
    """The networks `cnn` and `resnet18` of any size."""

    def __init__(self, path):
        self.tensors, network = load(path)
        self.body = {"cnn": self.cnn, "resnet18": self.resnet18}[network["architecture"]]
        self.shape = [network["input"][name] for name in ("channels", "height", "width")]
        self.classes = network["classes"]

    def __call__(self, images):
        """(N, K) probabilities of (N, C, H, W) bytes."""
        logits = self.body(np.asarray(images).astype(np.float32) / 255)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)

    def cnn(self, x):
        t = self.tensors
        x = pool(np.maximum(convolve(x, t["conv1.weight"], t["conv1.bias"]), 0))
        x = pool(np.maximum(convolve(x, t["conv2.weight"], t["conv2.bias"]), 0))
        x = np.maximum(x.reshape(len(x), -1) @ t["fc1.weight"].T + t["fc1.bias"], 0)
        return x @ t["fc2.weight"].T + t["fc2.bias"]

    def resnet18(self, x):
        t = self.tensors
        x = np.maximum(self.normalised("bn1", convolve(x, t["conv1.weight"])), 0)
        for stage in range(1, 5):
            for block in range(2):
                name = f"layer{stage}.{block}"
                stride = 2 if stage > 1 and block == 0 else 1
                shortcut = x
                if stride == 2:
                    shortcut = self.normalised(
                        f"{name}.downsample.1", convolve(x, t[f"{name}.downsample.0.weight"], stride=2))
                y = np.maximum(self.normalised(f"{name}.bn1", convolve(x, t[f"{name}.conv1.weight"], stride=stride)), 0)
                y = self.normalised(f"{name}.bn2", convolve(y, t[f"{name}.conv2.weight"]))
                x = np.maximum(y + shortcut, 0)
        return x.mean(axis=(2, 3)) @ t["fc.weight"].T + t["fc.bias"]

    def normalised(self, name, x):
        """Batch norm with the running statistics."""
        t = self.tensors
        scale = t[f"{name}.weight"] / np.sqrt(t[f"{name}.running_var"] + np.float32(1e-5))
        shift = t[f"{name}.bias"] - t[f"{name}.running_mean"] * scale
        return x * scale[None, :, None, None] + shift[None, :, None, None]


def images(seed, count=12):
    """(N, C, H, W): blurred noise, so that images differ in more than their grain."""
    draw = np.random.default_rng(seed + 1)
    coarse = draw.integers(0, 256, (count, CHANNELS, 4, 4)).astype(np.float32)
    fine = coarse.repeat(SIDE // 4, axis=2).repeat(SIDE // 4, axis=3) + draw.normal(0, 20, (count, CHANNELS, SIDE, SIDE))
    return np.clip(np.rint(fine), 0, 255).astype(np.uint8)


def png(image):
    """A PNG file of (C, H, W) bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.tobytes() for row in image.transpose(1, 2, 0))
    head = struct.pack(">IIBBBBB", image.shape[2], image.shape[1], 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    save(options.directory / "small.safetensors", weights(options.seed))
    pictures = images(options.seed)
    for index, image in enumerate(pictures):
        (options.directory / f"{index:02}.png").write_bytes(png(image))
    np.save(options.directory / "images.npy", pictures)
    np.save(options.directory / "probabilities.npy", SmallNetwork(options.directory / "small.safetensors")(pictures))


if __name__ == "__main__":
    main()
