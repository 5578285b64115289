"""Writes batch_golden.lua: values and gradients of the losses that see more than logits and labels, in float64.

Run with PyTorch: python batch_golden.py > batch_golden.lua. Each is written from the authors' code (or the paper's
formula, gjs): with softmax and logarithms as they have them, gradients by autograd.
"""
import math

import torch
import torch.nn.functional as F

torch.manual_seed(11)
N, K = 12, 4
z = torch.randn(N, K, dtype=torch.float64) * 1.5
other = torch.randn(N, K, dtype=torch.float64) * 1.5
y = torch.tensor([i % K for i in range(N)])[torch.randperm(N)]
third = torch.randint(0, K, (N,))
targets = torch.softmax(torch.randn(N, K, dtype=torch.float64), 1) * 0.8


def dmi(z, floor=1e-3):  # Newbeeer/L_DMI, loss.py: not divided by N
    u = F.one_hot(y, K).double().t() @ torch.softmax(z, 1)
    return -torch.log(torch.abs(torch.det(u)) + floor)


def elr(z, lam, beta):  # shengliu66/ELR, model/loss.py
    pred = torch.clamp(torch.softmax(z, 1), 1e-4, 1 - 1e-4)
    seen = pred.detach()
    t = beta * targets + (1 - beta) * (seen / seen.sum(1, keepdim=True))
    return F.cross_entropy(z, y, reduction="none") + lam * (1 - (t * pred).sum(1)).log(), t


def peer(z, other, alpha, floor=1e-5):  # Multi-class-Peer-Loss-functions, -log(p + 1e-5)
    def loss(logits, labels):
        return -torch.log(torch.softmax(logits, 1).gather(1, labels[:, None])[:, 0] + floor)

    return loss(z, y) - alpha * loss(other, third)


def cores2(z, epoch, sieve):  # UCSC-REAL/cores, loss.py; epoch from 0
    beta = torch.cat([torch.zeros(10), torch.linspace(0, 2, 30, dtype=torch.float64), torch.full((60,), 2.0)])[epoch]
    ce, log_p = F.cross_entropy(z, y, reduction="none"), -torch.log_softmax(z, 1)
    value = ce - beta * log_p.mean(1)
    if not sieve:
        return value.mean()
    keep = (ce - log_p.mean(1) <= 0).double().detach()
    return (keep * value).sum() / keep.sum()


def gjs(z, other, w):  # equation 6 with weights w, (1-w)/2, (1-w)/2
    e, p, q = F.one_hot(y, K).double(), torch.softmax(z, 1), torch.softmax(other, 1)
    r = (1 - w) / 2
    m = w * e + r * p + r * q
    kl = lambda a: torch.special.xlogy(a, a).sum(1) - (a * m.log()).sum(1)
    return (w * kl(e) + r * kl(p) + r * kl(q)) / (-(1 - w) * math.log(1 - w))


def pruned(z, keep, q=0.7, k=0.5):  # AlanChou/Truncated-Loss, TruncatedLoss.py
    p = torch.softmax(z, 1).gather(1, y[:, None])[:, 0]
    return ((1 - p**q) / q) * keep - ((1 - k**q) / q) * keep


def text(t):
    if t.dim() == 0:
        return f"{t.item():.15g}"
    return "{ " + ", ".join(text(x) for x in t) + " }"


def case(name, f):
    a, b = z.clone().requires_grad_(), other.clone().requires_grad_()
    value = f(a, b)
    grads = torch.autograd.grad(value.mean(), [a, b], allow_unused=True)
    print(f"golden.{name} = {{\n  value = {text(value.detach())},\n  gradient = {text(grads[0])},")
    if grads[1] is not None:
        print(f"  other_gradient = {text(grads[1])},")
    print("}")


print("-- Written by batch_golden.py with PyTorch: change that.")
print("-- luacheck: no max line length")
print("local golden = {")
for name, t in [("logits", z), ("other", other), ("labels", y + 1), ("third", third + 1), ("targets", targets)]:
    print(f"  {name} = {text(t)},")
print(f"  moved = {text(elr(z, 3, 0.7)[1])},\n}}")
case("dmi", lambda a, b: dmi(a))
case("elr", lambda a, b: elr(a, 3, 0.7)[0])
case("peer", lambda a, b: peer(a, b, 0.75))
case("cores2_epoch_25", lambda a, b: cores2(a, 24, False))
case("cores2_epoch_60", lambda a, b: cores2(a, 59, True))
case("gjs", lambda a, b: gjs(a, b, 0.3))
keep = torch.tensor([1.0, 0.0] * (N // 2), dtype=torch.float64)
case("tgce_pruned", lambda a, b: pruned(a, keep))
print("return golden")
