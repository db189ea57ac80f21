#!/usr/bin/env python3
"""Makes the golden gradients and losses of deep fidelity with PyTorch.

Run with PyTorch 2.13, NumPy and safetensors 0.5 or later:  python3 make_fidelity.py
Writes fidelity.safetensors beside itself: a ResNet of width 4 and 5 classes on four images of data and two triggers,
held to a host of other weights. Exactness, trials, thinning and `.check` are those of make_goldens.py, as is what is
drawn and not stored; the host's tensors are drawn by host.NAME, the images by `images`, all labels by `labels`.

Batch norms normalise with running statistics 0 and 1 and learn nothing, and the last layer's bias is 0 and stays it. Two
runs, the losses of METHODS section 4:
  both   CE of the triggers + .01 sum |z - z_host|^2 / 4 + 1000 mean KL(p_host || p), the last layer the host's and fixed
  twl    CE of all six + .01 sum |theta - theta_host|^2
Tensors of a file, for each RUN:
  RUN/gradient/NAME   of every parameter that learns
  RUN/losses          11: what is minimised before each of ten steps of Adam at 1e-4, and after the last
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from make_goldens import LARGE, NOISE, STEPS, STRIDE, TRIALS, ResNet, images, start, tensors, uniform

DATA, CLASSES = 4, 5


class Network(ResNet):
    def features(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x.mean((2, 3))

    def forward(self, x):
        z = self.features(x)
        return z, self.fc(z)


def network(kind, prefix, trial=None):
    made = Network([2, 2, 2, 2], 3, 4, CLASSES).to(kind).eval()
    for name, tensor in tensors(made).items():
        value = torch.zeros(tensor.shape) if name == "fc.bias" else start(f"{prefix}{name}", tensor.shape)
        if trial is not None:
            value = value * (1 + NOISE * (uniform(f"{prefix}{name} {trial}", tensor.shape) * 2 - 1))
        tensor.copy_(value)
    return made


def run(kind, which, trial=None):
    host, marked = network(kind, "host.", trial), network(kind, "", trial)
    if which == "both":
        marked.fc.weight.data.copy_(host.fc.weight)
    x = images("images", 6, 3, 8, 8).to(kind) / 255
    y = torch.floor(uniform("labels", (6,)) * CLASSES).long()
    with torch.no_grad():
        z0, logits0 = host(x[:DATA])
    isnorm = lambda name: "bn" in name or "downsample.1" in name
    fixed = lambda name: isnorm(name) or name == "fc.bias" or (which == "both" and name == "fc.weight")
    learned = {k: p for k, p in marked.named_parameters() if not fixed(k)}

    def loss():
        z, logits = marked(x)
        if which == "twl":
            origin = dict(host.named_parameters())
            return F.cross_entropy(logits, y) + 0.01 * sum(((p - origin[k]) ** 2).sum() for k, p in learned.items())
        features = ((z[:DATA] - z0) ** 2).sum() / DATA
        divergence = F.kl_div(
            logits[:DATA].log_softmax(1), logits0.log_softmax(1), reduction="batchmean", log_target=True)
        return F.cross_entropy(logits[DATA:], y[DATA:]) + 0.01 * features + 1000 * divergence

    loss().backward()
    result = {f"{which}/gradient/{k}": p.grad.clone() for k, p in learned.items()}
    adam = torch.optim.Adam(learned.values(), lr=1e-4)
    losses = []
    for _ in range(STEPS):
        adam.zero_grad()
        value = loss()
        value.backward()
        adam.step()
        losses.append(value.item())
    losses.append(loss().item())
    result[f"{which}/losses"] = torch.tensor(losses, dtype=torch.float64)
    return {k: v.detach().double() for k, v in result.items()}


def main():
    torch.set_num_threads(1)
    file = {}
    for which in ["both", "twl"]:
        exact = run(torch.float64, which)
        trials = [run(torch.float32, which, trial) for trial in range(TRIALS)]
        for key, tensor in exact.items():
            flat = tensor.flatten()
            error = max((trial[key] - tensor).norm() / tensor.norm() for trial in trials)
            file[key] = flat[::STRIDE] if flat.numel() > LARGE else flat
            file[f"{key}.check"] = torch.stack([(flat**2).sum(), error])
    path = pathlib.Path(__file__).parent / "fidelity.safetensors"
    save_file({k: v.float().clone() for k, v in file.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
