#!/usr/bin/env python3
"""A user of a released dataset who never heard of Dandyroll: trains a network in PyTorch on the archive's bytes, then
answers the images of `queries export`.

    docs/pytorch_user.py train ARCHIVE.tar.gz MODEL.pt [--width 8] [--epochs 6] [--seed 1]
    docs/pytorch_user.py answer MODEL.pt QUESTIONS ANSWERS.csv

ARCHIVE is CIFAR-10's binary layout. The network is a ResNet-18 for small images, the training SGD with Nesterov momentum,
one cycle, crops and flips: what such a user would do, written independently of this program's trainer. Needs torch, numpy
and pillow.
"""
import argparse, pathlib, tarfile
import numpy as np, torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.a, self.b = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.na, self.nb = nn.BatchNorm2d(c_out), nn.BatchNorm2d(c_out)
        self.skip = nn.Identity() if stride == 1 and c_in == c_out else nn.Sequential(
            nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        return F.relu(self.nb(self.b(F.relu(self.na(self.a(x))))) + self.skip(x))


def resnet18(width, classes=10):
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    c = width
    for stage in range(4):
        for number in range(2):
            layers.append(Block(c, width << stage, 2 if stage and not number else 1))
            c = width << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, classes))


def normalised(pixels):
    mean, spread = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.247, 0.2435, 0.2616])
    return (pixels.float() / 255 - mean[:, None, None]) / spread[:, None, None]


def records(archive, wanted):
    with tarfile.open(archive) as tar:
        found = sorted((m for m in tar if wanted(pathlib.PurePath(m.name).name)), key=lambda m: m.name)
        data = np.concatenate([np.frombuffer(tar.extractfile(m).read(), np.uint8).reshape(-1, 3073) for m in found])
    return torch.tensor(data[:, 1:].reshape(-1, 3, 32, 32).copy()), torch.tensor(data[:, 0].astype(np.int64))


def train(args):
    torch.manual_seed(args.seed)
    images, labels = records(args.archive, lambda n: n.startswith("data_batch_"))
    model = resnet18(args.width)
    batch, steps = 128, args.epochs * (len(images) // 128)
    optimiser = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, total_steps=steps)
    for epoch in range(args.epochs):
        order = torch.randperm(len(images))
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            x = F.pad(normalised(images[chosen]), (4, 4, 4, 4))
            y, z = torch.randint(0, 9, (2,)).tolist()
            x = x[:, :, y : y + 32, z : z + 32]
            flip = torch.rand(len(x)) < 0.5
            x = torch.where(flip[:, None, None, None], x.flip(3), x)
            optimiser.zero_grad()
            F.cross_entropy(model(x), labels[chosen]).backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1}", flush=True)
    torch.save({"width": args.width, "weights": model.state_dict()}, args.model)
    images, labels = records(args.archive, lambda n: n == "test_batch.bin")
    guesses = torch.cat([p.argmax(1) for p in probabilities(model, images)])
    print(f"accuracy {(guesses == labels).float().mean():.4f}")


@torch.no_grad()
def probabilities(model, images):
    model.eval()
    for part in images.split(256):
        yield F.softmax(model(normalised(part)), 1)


def answer(args):
    from PIL import Image

    kept = torch.load(args.model)
    model = resnet18(kept["width"])
    model.load_state_dict(kept["weights"])
    files = sorted((pathlib.Path(args.questions) / "images").glob("*.png"))
    images = torch.stack([torch.tensor(np.array(Image.open(f).convert("RGB"))).permute(2, 0, 1) for f in files])
    rows = torch.cat(list(probabilities(model, images)))
    with open(args.answers, "w") as out:
        print("name", *range(rows.shape[1]), sep=",", file=out)
        for file, row in zip(files, rows):
            print(file.stem, *(f"{p:.7g}" for p in row.clamp(0, 1).tolist()), sep=",", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train")
    command.add_argument("archive")
    command.add_argument("model")
    command.add_argument("--width", type=int, default=8)
    command.add_argument("--epochs", type=int, default=6)
    command.add_argument("--seed", type=int, default=1)
    command.set_defaults(run=train)
    command = commands.add_parser("answer")
    command.add_argument("model")
    command.add_argument("questions")
    command.add_argument("answers")
    command.set_defaults(run=answer)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
