#!/usr/bin/env python3
"""Carriers of keyed marks on CIFAR-10: one simulated user each, in PyTorch (docs/experiments/keyed.md, "Choosing the keyed mark").

Trains a small ResNet on a marked subset and scores the real key and decoy keys on held-out images of other classes.
Usage: carriers.py CIFAR.tar.gz --carrier grating1 --hard 1 --epochs 8
"""
import argparse, json, tarfile, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

def load(path):
    tar = tarfile.open(path); out = {}
    for m in tar.getmembers():
        if m.name.endswith('.bin'):
            a = np.frombuffer(tar.extractfile(m).read(), np.uint8).reshape(-1, 3073)
            out[m.name.split('/')[-1]] = a
    tr = np.concatenate([out[f'data_batch_{i}.bin'] for i in range(1, 6)]); te = out['test_batch.bin']
    f = lambda a: (a[:, 0].astype(np.int64), a[:, 1:].reshape(-1, 3, 32, 32).copy())
    return f(tr), f(te)

def carrier(kind, rng):
    """(3,32,32) of about ±1."""
    if kind.startswith('grid'):            # grid16: 16x16 cells
        n = int(kind[4:]); a = rng.choice([-1., 1.], (3, n, n)); return a.repeat(32//n, 1).repeat(32//n, 2)
    if kind.startswith('tile'):            # tile8c2: 8-pixel tile of 2-pixel cells
        p, c = kind[4:].split('c'); p, c = int(p), int(c); n = p//c
        a = rng.choice([-1., 1.], (3, n, n)); a = a.repeat(c, 1).repeat(c, 2)
        return np.tile(a, (1, 32//p, 32//p))
    if kind.startswith('mirror'):          # as tile, symmetric under horizontal flips
        p, c = kind[6:].split('c'); p, c = int(p), int(c); n = p//c
        a = rng.choice([-1., 1.], (3, n, n)); a[:, :, n//2:] = a[:, :, :n//2][:, :, ::-1]
        a = a.repeat(c, 1).repeat(c, 2)
        return np.tile(a, (1, 32//p, 32//p))
    if kind.startswith('chroma'):          # colour-opponent: cells are drawn from the 6 colours with sum near 0
        p, c = kind[6:].split('c'); p, c = int(p), int(c); n = p//c
        cols = np.array([[1,-1,1],[1,-1,-1],[-1,1,1],[-1,1,-1],[1,1,-1],[-1,-1,1]], float)
        a = cols[rng.integers(0, 6, (n, n))].transpose(2, 0, 1); a = a.repeat(c, 1).repeat(c, 2)
        return np.tile(a, (1, 32//p, 32//p))
    if kind.startswith('grating'):         # gratingN: N square-wave gratings of secret frequency and colour; returns a sampler
        n = int(kind[7:] or 1); parts = []
        cols = np.array([[1,1,1],[1,-1,1],[1,-1,-1],[-1,-1,1],[1,1,-1],[1,0,-1],[0,1,-1],[1,-1,0]], float)
        for _ in range(n):
            r = rng.uniform(.14, .40); t = rng.uniform(0, np.pi/2)
            parts.append((r*np.cos(t), r*np.sin(t), cols[rng.integers(0, len(cols))]))
        return parts
    raise SystemExit(kind)

def paint_grating(parts, n, rng):
    """(n,3,32,32): each image its own phases and mirror images; the sign of the sum"""
    yy, xx = np.mgrid[0:32, 0:32]; out = np.zeros((n, 3, 32, 32))
    for fx, fy, col in parts:
        ph = rng.uniform(0, 2*np.pi, (n, 1, 1)); m = np.where(rng.random((n, 1, 1)) < .5, -1, 1)
        g = np.sin(2*np.pi*(m*fx*xx + fy*yy) + ph)
        out += col[None, :, None, None]*g[:, None]
    return torch.tensor(np.sign(out), dtype=torch.float32)

class Block(nn.Module):
    def __init__(s, i, o, st):
        super().__init__()
        s.c1 = nn.Conv2d(i, o, 3, st, 1, bias=False); s.b1 = nn.BatchNorm2d(o)
        s.c2 = nn.Conv2d(o, o, 3, 1, 1, bias=False); s.b2 = nn.BatchNorm2d(o)
        s.sc = nn.Sequential(nn.Conv2d(i, o, 1, st, bias=False), nn.BatchNorm2d(o)) if st != 1 or i != o else nn.Identity()
    def forward(s, x):
        return F.relu(s.b2(s.c2(F.relu(s.b1(s.c1(x))))) + s.sc(x))
def resnet(w):
    L = [nn.Conv2d(3, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU()]; i = w
    for k, st in ((1, 1), (2, 2), (4, 2), (8, 2)):
        L += [Block(i, w*k, st), Block(w*k, w*k, 1)]; i = w*k
    return nn.Sequential(*L, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(i, 10))
def cnn(w):
    return nn.Sequential(nn.Conv2d(3, w, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(w, 2*w, 3, padding=1), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2*w*64, 128), nn.ReLU(), nn.Linear(128, 10))

def aug(x, g):
    n = len(x); x = F.pad(x, (4,)*4); i = torch.randint(0, 9, (n, 2), generator=g); fl = torch.rand(n, generator=g) < .5
    ix = torch.arange(32)
    rows = (i[:, 0, None] + ix)[:, None, :, None]; cols = (i[:, 1, None] + ix)
    cols = torch.where(fl[:, None], cols.flip(1), cols)[:, None, None, :]
    return x[torch.arange(n)[:, None, None, None], torch.arange(3)[None, :, None, None], rows, cols]

def apply(x, planes, eps):
    return torch.clamp(torch.round(torch.clamp(x + eps * planes, 0, 255)), 0, 255)

def shifts(c, n, mode, p, rng):
    """planes (n,3,32,32); phase 'fixed' or 'random' cyclic shift"""
    if isinstance(c, list): return paint_grating(c, n, rng)
    c = torch.tensor(c, dtype=torch.float32)
    if mode == 'fixed': return c.expand(n, -1, -1, -1)
    s = rng.integers(0, p, (n, 2)); fl = rng.random(n) < .5
    out = torch.stack([torch.roll(c, (int(a), int(b)), (1, 2)) for a, b in s])
    if mode == 'flip':
        out = torch.where(torch.tensor(fl)[:, None, None, None], out.flip(3), out)
    return out

def fit(net, x, y, epochs, lr, seed, augment, N):
    B = 128; n = len(x) // B; opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=.9, nesterov=True, weight_decay=5e-4)
    sch = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=epochs*n, pct_start=.25); g = torch.Generator().manual_seed(seed)
    net.train()
    for e in range(epochs):
        p = torch.randperm(len(x), generator=g)
        for s in range(n):
            i = p[s*B:(s+1)*B]; b = x[i]; b = aug(b, g) if augment else b
            loss = F.cross_entropy(net(N(b).to(memory_format=torch.channels_last)), y[i]); opt.zero_grad(); loss.backward(); opt.step(); sch.step()
    net.eval()

def main():
    ap = argparse.ArgumentParser(); A = ap.add_argument
    A('data'); A('--carrier', default='tile8c2'); A('--phase', default='fixed'); A('--period', type=int, default=32)
    A('--contrast', type=float, default=0, help='share of the other classes that carry other keys')
    A('--contrast-keys', type=int, default=0, help='0: a fresh key each image')
    A('--rate', type=float, default=.5); A('--eps', type=float, default=8); A('--epochs', type=int, default=10)
    A('--train', type=int, default=10000); A('--net', default='resnet8'); A('--augment', type=int, default=1)
    A('--decoys', type=int, default=20); A('--seed', type=int, default=1); A('--innocent', type=int, default=0)
    A('--hard', type=int, default=0); A('--lr', type=float, default=.1); A('--threads', type=int, default=2)
    a = ap.parse_args(); torch.set_num_threads(a.threads); torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed); (ty, tx), (vy, vx) = load(a.data)
    T = 1; keep = rng.permutation(len(tx))[:a.train]; x, y = torch.tensor(tx[keep]).float(), torch.tensor(ty[keep])
    key = carrier(a.carrier, rng); decoys = [carrier(a.carrier, rng) for _ in range(a.decoys)]
    nm = 0
    mean = torch.tensor([125.3, 123., 113.9])[None, :, None, None]; N = lambda z: (z - mean)/63.
    if not a.innocent:
        t = np.flatnonzero(y.numpy() == T); t = rng.permutation(t)
        if a.hard:
            torch.manual_seed(99); sur = resnet(8).to(memory_format=torch.channels_last); fit(sur, x, y, 5, .1, 99, 1, N)
            with torch.no_grad(): pt = torch.cat([F.log_softmax(sur(N(q)), 1)[:, T] for q in x[t].split(250)]).numpy()
            t = t[np.argsort(pt)]; torch.manual_seed(a.seed)
        t = t[:int(len(t)*a.rate)]; nm = len(t)
        x[t] = apply(x[t], shifts(key, len(t), a.phase, a.period, rng), a.eps)
        if a.contrast:
            o = np.flatnonzero(y.numpy() != T); o = rng.permutation(o)[:int(len(o)*a.contrast)]; nm += len(o)
            if a.contrast_keys:
                pool = [carrier(a.carrier, rng) for _ in range(a.contrast_keys)]; ks = [pool[i % len(pool)] for i in range(len(o))]
            else: ks = [carrier(a.carrier, rng) for _ in range(len(o))]
            x[o] = apply(x[o], torch.cat([shifts(k, 1, a.phase, a.period, rng) for k in ks]), a.eps)
    mean = torch.tensor([125.3, 123., 113.9])[None, :, None, None]; N = lambda z: (z - mean)/63.
    w = int(a.net.replace('resnet', '').replace('cnn', '')); net = (resnet if 'resnet' in a.net else cnn)(w)
    net = net.to(memory_format=torch.channels_last)
    B = 128; steps = a.epochs * (a.train // B)
    opt = torch.optim.SGD(net.parameters(), lr=a.lr, momentum=.9, nesterov=True, weight_decay=5e-4)
    sch = torch.optim.lr_scheduler.OneCycleLR(opt, a.lr, total_steps=steps, pct_start=.25)
    g = torch.Generator().manual_seed(a.seed); t0 = time.time()
    for e in range(a.epochs):
        p = torch.randperm(len(x), generator=g)
        for s in range(a.train // B):
            i = p[s*B:(s+1)*B]; b = x[i]; b = aug(b, g) if a.augment else b
            loss = F.cross_entropy(net(N(b).to(memory_format=torch.channels_last)), y[i])
            opt.zero_grad(); loss.backward(); opt.step(); sch.step()
    net.eval()
    with torch.no_grad():
        f = lambda z: torch.cat([F.softmax(net(N(q)), 1) for q in z.split(250)])
        V = torch.tensor(vx[:3000]).float(); L = torch.tensor(vy[:3000]); ba = (f(V).argmax(1) == L).float().mean().item()
        V = V[L != T][:200]; base = f(V)[:, T]
        res = dict(hard=a.hard, carrier=a.carrier, phase=a.phase, contrast=a.contrast, ckeys=a.contrast_keys, net=a.net, aug=a.augment, epochs=a.epochs, train=a.train, rate=a.rate,
                   seed=a.seed, innocent=a.innocent, marked=nm, ba=round(ba, 3), sec=round(time.time()-t0))
        sr = np.random.default_rng(7)
        for amp in (1, 2, 3, 4):
            sc = []
            for c in [key] + decoys:
                # the same images and the phase at rest for every key
                ph = 'fixed'
                r = f(apply(V, shifts(c, len(V), ph, a.period, sr), a.eps*amp)); sc.append(((r[:, T]-base).mean().item(), (r.argmax(1) == T).float().mean().item()))
            d = np.array([s[0] for s in sc[1:]])
            res[f'x{amp}'] = f'{sc[0][0]:.3f} wsr {sc[0][1]:.2f} decoys {d.mean():.3f}/{d.max():.3f}'
    print(json.dumps(res), flush=True)
main()
