"""What PyTorch makes of PoisonGoldenTests' network and images; run with: python3 poison_golden.py (seedless: all is drawn by
formula). Prints the numbers that the tests compare with."""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def drawn(count, salt):
    return torch.tensor([((i * 7919 + salt * 104729 + i * i % 613) % 1001) / 1000 - 0.5 for i in range(count)])


SHAPES = {"conv1.weight": (4, 1, 3, 3), "conv1.bias": (4,), "conv2.weight": (8, 4, 3, 3), "conv2.bias": (8,),
          "fc1.weight": (16, 32), "fc1.bias": (16,), "fc2.weight": (3, 16), "fc2.bias": (3,)}


def weights():
    result = {}
    for salt, name in enumerate(sorted(SHAPES)):
        shape = SHAPES[name]
        count = 1
        for side in shape:
            count *= side
        result[name] = (drawn(count, salt) * 1.2).float().double().reshape(shape).requires_grad_()
    return result


def network(w, x):
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv1.weight"], w["conv1.bias"], padding=1)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv2.weight"], w["conv2.bias"], padding=1)), 2)
    x = F.relu(F.linear(x.flatten(1), w["fc1.weight"], w["fc1.bias"]))
    return F.linear(x, w["fc2.weight"], w["fc2.bias"])


def images(count, salt):
    return torch.tensor([float((i * 37 + salt * 59 + i * i % 101) % 256) for i in range(count * 64)]).reshape(count, 1, 8, 8)


w = weights()
names = sorted(w)
x, y = images(6, 1), torch.tensor([0, 1, 2, 0, 1, 2])

print("PGD, ε 8, step 1.5: the mean cross-entropy before each step, and the sum of |δ| after it")
delta = torch.zeros_like(x)
for step in range(4):
    at = (x + delta).requires_grad_()
    loss = F.cross_entropy(network(w, at / 255), y)
    slope, = torch.autograd.grad(loss, at)
    delta = (delta + 1.5 * slope.sign()).clamp(-8, 8)
    delta = (x + delta).clamp(0, 255) - x
    print(loss.item(), delta.abs().sum().item())

sources, target = images(5, 2), 1
wanted = torch.autograd.grad(F.cross_entropy(network(w, sources / 255), torch.full((5,), target)), [w[n] for n in names])
flat = torch.cat([g.flatten() for g in wanted])
poisons, labels = images(4, 3), torch.tensor([1, 0, 2, 1])


def phi(delta):
    loss = F.cross_entropy(network(w, (poisons + delta) / 255), labels)
    own = torch.cat([g.flatten() for g in torch.autograd.grad(loss, [w[n] for n in names], create_graph=True)])
    return 1 - own @ flat / (own.norm() * flat.norm())


print("∂φ/∂δ by double backward, images in [0, 1]: its norm, and every 16th value")
delta = torch.zeros_like(poisons, requires_grad=True)
slope, = torch.autograd.grad(phi(delta), delta)
print((slope.norm() * 255).item())
print((slope.flatten()[::16] * 255).tolist())

print("φ before each step of signed Adam at τ = 2/255, ε 16")
adam = torch.optim.Adam([delta], lr=2.0)
for step in range(4):
    loss = phi(delta)
    print(loss.item())
    delta.grad = torch.autograd.grad(loss, delta)[0].sign()
    adam.step()
    with torch.no_grad():
        delta.clamp_(-16, 16)
        delta.copy_((poisons + delta).clamp(0, 255) - poisons)

print("the gradient of −(CE + 2·H) by the weights of five sources of classes 0, 1, 2, 0, 1: its norm, and ⟨·, that of CE(1)⟩")
logits = network(w, sources / 255)
p = logits.softmax(1)
entropy = -(p * p.log()).sum(1).mean()
untargeted = torch.autograd.grad(-(F.cross_entropy(logits, torch.tensor([0, 1, 2, 0, 1])) + 2 * entropy), [w[n] for n in names])
untargeted = torch.cat([g.flatten() for g in untargeted])
print(untargeted.norm().item(), (untargeted @ flat).item())
