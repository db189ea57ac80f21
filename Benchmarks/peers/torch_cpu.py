"""PyTorch on the CPU: one case in one setting, images per second and peak memory of this process.

Usage: torch_cpu.py CASE [--setting eager|channels-last|compile|compile-channels-last] [--threads N] [--seconds 2]
`eager` is PyTorch's default (NCHW). The compiled settings need a C++ compiler; compiling is part of the warm-up.
"""

import torch
from torch import nn
from torch.nn import functional as F

import cases
import networks
import timing

SETTINGS = ("eager", "channels-last", "compile", "compile-channels-last")


def images_of(case, layout):
    images = torch.randint(0, 256, (case.batch, *case.shape), dtype=torch.uint8)
    return images.to(memory_format=layout)


def inference(case, layout, compiled):
    unet = networks.UNet(case.shape[0], case.width, case.depth)
    mark = networks.Marker(unet, cases.EPSILON).eval().to(memory_format=layout)
    images = images_of(case, layout)
    call = torch.compile(mark) if compiled else mark

    def run():
        with torch.inference_mode():
            call(images)

    return run, networks.parameters(unet)


def training(case, layout, compiled):
    network = networks.classifier(case.architecture, case.shape, case.classifier_width, cases.CLASSES)
    network = network.to(memory_format=layout).train()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
    images = images_of(case, layout)
    labels = torch.arange(case.batch) % cases.CLASSES

    def loss():
        return F.cross_entropy(network(images.float() / 255), labels)

    return stepping(torch.compile(loss) if compiled else loss, optimiser), networks.parameters(network)


class FeatureDistance(nn.Module):
    """Squared distance of channel-normalised features: mean over pixels and images, sum over taps."""

    def forward(self, left, right):
        total = 0
        for a, b in zip(left, right):
            total = total + (unit(a) - unit(b)).square().sum(1).mean((1, 2)).mean()
        return total


def unit(features):
    return features / (features.square().sum(1, keepdim=True) + 1e-10).sqrt()


def generator(case, layout, compiled):
    unet = networks.UNet(case.shape[0], case.width, case.depth).to(memory_format=layout).train()
    surrogate = networks.classifier(case.architecture, case.shape, case.classifier_width, cases.CLASSES)
    surrogate = surrogate.to(memory_format=layout).eval().requires_grad_(False)
    optimiser = torch.optim.Adam(unet.parameters(), lr=1e-3)
    distance = FeatureDistance()
    images = images_of(case, layout)
    labels = torch.arange(case.batch) % cases.CLASSES
    half = case.batch // 2

    def loss():
        x = images.float() / 255
        with torch.no_grad():
            clean = surrogate.taps(x)
        y = (x + cases.EPSILON * torch.tanh(unet(x))).clamp(0, 1)
        # Rounding to bytes is straight-through.
        y = y + ((y * 255).round() / 255 - y).detach()
        seen = surrogate.taps(y)
        logits = surrogate.logits(seen)
        target = F.cross_entropy(logits[:half], labels[:half])
        other = F.cross_entropy(logits[half:], labels[half:])
        return target + other + distance(seen, clean)

    return stepping(torch.compile(loss) if compiled else loss, optimiser), networks.parameters(unet)


def stepping(loss, optimiser):
    def step():
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()

    return step


def main():
    options = timing.arguments(__doc__, SETTINGS).parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.setting.endswith("channels-last") else torch.contiguous_format
    make = dict(inference=inference, training=training, generator=generator)[options.case.kind]
    run, parameters = make(options.case, layout, options.setting.startswith("compile"))
    rates = timing.measure(run, options.seconds)
    timing.report(
        options.case, "pytorch", torch.__version__, options.setting, options.threads, rates, parameters)


if __name__ == "__main__":
    main()
