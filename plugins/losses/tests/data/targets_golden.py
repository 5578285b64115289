"""Writes targets_golden.lua: PyTorch's losses for labels that are soft, left out, dense, or 0 and 1, in float64.

Run with PyTorch: python targets_golden.py > targets_golden.lua. Labels are written from 1, those left out as 0.
"""
import torch
import torch.nn.functional as F

torch.manual_seed(5)
N, K, H, W = 6, 4, 3, 2
z = torch.randn(N, K, dtype=torch.float64) * 2
q = torch.softmax(torch.randn(N, K, dtype=torch.float64) * 2, 1)
y = torch.tensor([2, -100, 0, 3, -100, 1])
w = torch.tensor([0.5, 1.0, 3.0, 2.0], dtype=torch.float64)
dense_z = torch.randn(2, K, H, W, dtype=torch.float64) * 2
dense_y = torch.randint(0, K, (2, H, W))
dense_y[0, 1, 0] = dense_y[1, 2, 1] = dense_y[1, 0, 0] = -100
dense_q = torch.softmax(torch.randn(2, K, H, W, dtype=torch.float64), 1)
multi = torch.randint(0, 2, (N, K)).double()
sides = torch.randint(0, 2, (N,)).double()


def run(f, x):
    x = x.clone().requires_grad_()
    value = f(x)
    (gradient,) = torch.autograd.grad(value.mean() if value.ndim else value, x)
    return value.detach(), gradient


def focal(x, t, gamma=2.0, alpha=0.25):  # torchvision.ops.sigmoid_focal_loss
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    return (alpha * t + (1 - alpha) * (1 - t)) * ce * ((1 - p_t) ** gamma)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def lua(x):
    if isinstance(x, torch.Tensor):
        x = x.tolist()
    if isinstance(x, list):
        return "{ " + ", ".join(lua(e) for e in x) + " }"
    return str(x) if isinstance(x, int) else f"{x:.15g}"


results = {
    "soft": run(lambda x: F.cross_entropy(x, q, reduction="none"), z),
    "soft_weighted": run(lambda x: F.cross_entropy(x, q, weight=w, reduction="none"), z),
    "soft_smoothed": run(lambda x: F.cross_entropy(x, q, label_smoothing=0.1, reduction="none"), z),
    "ignore": run(lambda x: F.cross_entropy(x, y), z),
    "ignore_each": (F.cross_entropy(z, y, reduction="none"), None),
    "dense": run(lambda x: F.cross_entropy(x, dense_y), dense_z),
    "dense_each": (F.cross_entropy(dense_z, dense_y, reduction="none"), None),
    "dense_soft": run(lambda x: F.cross_entropy(x, dense_q), dense_z),
    "bce": run(lambda x: F.binary_cross_entropy_with_logits(x, multi, reduction="none"), z),
    "bce_soft": run(lambda x: F.binary_cross_entropy_with_logits(x, q, reduction="none"), z),
    "bce_weighted": run(
        lambda x: F.binary_cross_entropy_with_logits(x, multi, pos_weight=w, reduction="none"), z),
    "bce_single": run(lambda x: F.binary_cross_entropy_with_logits(x, sides, reduction="none"), z[:, 0]),
    "focal": run(lambda x: focal(x, multi), z),
}

print("-- Written by targets_golden.py with PyTorch: change that.\n-- luacheck: no max line length\nreturn {")
print(f"  logits = {lua(z)},\n  soft = {lua(q)},\n  weights = {lua(w)},")
print(f"  labels = {lua([v + 1 if v >= 0 else 0 for v in y.tolist()])},")
print(f"  dense_logits = {lua(nhwc(dense_z))},\n  dense_soft = {lua(nhwc(dense_q))},")
print(f"  dense_labels = {lua(torch.where(dense_y >= 0, dense_y + 1, 0))},")
print(f"  multi = {lua(multi.long())},\n  sides = {lua(sides.long())},\n  results = {{")
for name, (value, gradient) in results.items():
    if name.startswith("dense") and gradient is not None:
        gradient = nhwc(gradient)
    tail = "" if gradient is None else f", gradient = {lua(gradient)}"
    print(f"    {name} = {{ value = {lua(value)}{tail} }},")
print("  },\n}")
