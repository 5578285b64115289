"""Writes training_golden.lua: trainings of a linear model by PyTorch on labels that are left out, soft, dense, or 0 and 1.

Run with PyTorch: python training_golden.py > training_golden.lua. Every step sees all samples, in float64. Labels are
written from 1, those left out as 0 (of labels 0 and 1 as 9).
"""
import torch
import torch.nn.functional as F

torch.manual_seed(8)
N, D, K, H, W = 10, 5, 3, 2, 3
EPOCHS, RATE = 4, 0.5
double = dict(dtype=torch.float64)


def single(t):  # what data sets hold
    return t.float().double()


x, pictures = single(torch.randn(N, D, **double)), single(torch.randn(N, H, W, D, **double))
weight = torch.randn(D, K, **double)
bias = torch.randn(K, **double)
left_out = torch.tensor([1, 4, 5, 8])
labels = torch.randint(0, K, (N,))
some = labels.clone()
some[left_out] = -100
soft = torch.softmax(2 * torch.randn(N, K, **double), 1)
soft_some = soft.clone()
soft_some[left_out] = 0
dense = torch.randint(0, K, (N, H, W))
dense[torch.rand(N, H, W) < 0.3] = -100
dense[4] = -100
dense_soft = torch.softmax(torch.randn(N, H, W, K, **double), -1)
several = torch.randint(0, 2, (N, K)).double()
several[torch.rand(N, K) < 0.25] = 9
one = torch.randint(0, 2, (N,)).double()


def train(inputs, f, columns=K):
    w, b = weight[:, :columns].clone().requires_grad_(), bias[:columns].clone().requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=RATE)
    losses = []
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        value = f(inputs @ w + b)
        losses.append(value.item())
        value.backward()
        optimizer.step()
    return dict(losses=losses, weight=w.detach(), bias=b.detach(), after=f(inputs @ w + b).item())


def masked_bce(z):
    keep = several != 9
    return F.binary_cross_entropy_with_logits(z[keep], several[keep])


runs = dict(
    classes=train(x, lambda z: F.cross_entropy(z, labels)),
    left_out=train(x, lambda z: F.cross_entropy(z, some)),
    soft=train(x, lambda z: F.cross_entropy(z, soft)),
    soft_left_out=train(x, lambda z: F.cross_entropy(z[some >= 0], soft[some >= 0])),
    dense=train(pictures, lambda z: F.cross_entropy(z.permute(0, 3, 1, 2), dense)),
    dense_soft=train(pictures, lambda z: F.cross_entropy(z.permute(0, 3, 1, 2), dense_soft.permute(0, 3, 1, 2))),
    several=train(x, masked_bce),
    one=train(x, lambda z: F.binary_cross_entropy_with_logits(z.squeeze(-1), one), 1),
)


def text(v):
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {text(e)}" for k, e in v.items()) + " }"
    if torch.is_tensor(v):
        v = v.tolist()
    if isinstance(v, list):
        return "{ " + ", ".join(text(e) for e in v) + " }"
    return f"{v:.15g}"


def from_one(t):
    return torch.where(t < 0, torch.zeros_like(t), t + 1)


print("-- Written by training_golden.py with PyTorch: change that.\n-- luacheck: no max line length\nreturn {")
for name, value in dict(inputs=x, pictures=pictures, weight=weight, bias=bias, labels=labels + 1, some=from_one(some),
                        soft=soft, soft_some=soft_some, dense=from_one(dense), dense_soft=dense_soft, several=several,
                        one=one, epochs=EPOCHS, rate=RATE).items():
    print(f"  {name} = {text(value)},")
print("  runs = {")
for name, run in runs.items():
    print(f"    {name} = {text(run)},")
print("  },\n}")
