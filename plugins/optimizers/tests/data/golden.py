"""Twenty updates of one parameter by PyTorch's optimizers in float64, as golden.lua beside this file.

Lion, Lookahead and SAM are not in PyTorch: they are written here from their papers, around PyTorch's own optimizers.

Usage: python golden.py        Needs: pip install torch
"""
import pathlib

import torch

# Also what PyTorch keeps as tensors of its own (the momentum product of NAdam, the rate of ASGD).
torch.set_default_dtype(torch.float64)

STEPS = 20
START = [[1.0, -2.0], [0.5, 3.0]]
CURVATURE = [[1.0, 4.0], [0.3, 2.0]]
LINEAR = [[0.2, -1.0], [0.7, 0.1]]


def rate(step):
    """The learning rate of a step, counted from 1."""
    return 0.1 if step <= 12 else 0.05


def value(w, step):
    """What the gradients are of: a bowl that is pushed another way at each step."""
    curvature = torch.tensor(CURVATURE, dtype=torch.float64)
    linear = torch.tensor(LINEAR, dtype=torch.float64)
    return (0.5 * curvature * w**2).sum() + (torch.sin(linear * step + w)).sum()


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad)
                p.sub_(group["lr"] * (update + group["weight_decay"] * p))
                m.mul_(beta2).add_((1 - beta2) * p.grad)


class Lookahead:
    """Zhang et al. 2019, algorithm 1."""

    def __init__(self, inner, k, alpha):
        self.inner, self.k, self.alpha, self.count = inner, k, alpha, 0
        self.param_groups = inner.param_groups
        self.slow = [p.detach().clone() for p in inner.param_groups[0]["params"]]

    @torch.no_grad()
    def step(self):
        self.inner.step()
        self.count += 1
        if self.count % self.k == 0:
            for slow, p in zip(self.slow, self.param_groups[0]["params"]):
                slow.add_(self.alpha * (p - slow))
                p.copy_(slow)


class SAM:
    """Foret et al. 2021, algorithm 1; adaptive: Kwon et al. 2021 with eta = 0."""

    def __init__(self, inner, rho, adaptive=False):
        self.inner, self.rho, self.adaptive = inner, rho, adaptive
        self.param_groups = inner.param_groups

    def second(self, w, step):
        with torch.no_grad():
            g = w.grad
            norm = ((w.abs() * g) if self.adaptive else g).norm(p=2)
            away = (w**2 * g if self.adaptive else g) * self.rho / (norm + 1e-12)
        other = (w.detach() + away).requires_grad_(True)
        value(other, step).backward()
        w.grad = other.grad

    def step(self):
        self.inner.step()


o = torch.optim
CASES = [
    ("sgd", "{}", lambda p: o.SGD(p, lr=1)),
    ("sgd", "{ momentum = 0.9 }", lambda p: o.SGD(p, lr=1, momentum=0.9)),
    ("sgd", "{ momentum = 0.9, nesterov = true, weight_decay = 0.01 }",
     lambda p: o.SGD(p, lr=1, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ("sgd", "{ momentum = 0.8, dampening = 0.3, weight_decay = 0.01 }",
     lambda p: o.SGD(p, lr=1, momentum=0.8, dampening=0.3, weight_decay=0.01)),
    ("adam", "{}", lambda p: o.Adam(p, lr=1)),
    ("adam", "{ weight_decay = 0.1 }", lambda p: o.Adam(p, lr=1, weight_decay=0.1)),
    ("adam", "{ amsgrad = true, beta2 = 0.8, weight_decay = 0.1 }",
     lambda p: o.Adam(p, lr=1, amsgrad=True, betas=(0.9, 0.8), weight_decay=0.1)),
    ("adamw", "{ weight_decay = 0.1 }", lambda p: o.AdamW(p, lr=1, weight_decay=0.1)),
    ("adamw", "{ amsgrad = true, beta2 = 0.8, weight_decay = 0.1 }",
     lambda p: o.AdamW(p, lr=1, amsgrad=True, betas=(0.9, 0.8), weight_decay=0.1)),
    ("adamax", "{}", lambda p: o.Adamax(p, lr=1)),
    ("adamax", "{ beta2 = 0.9, weight_decay = 0.1 }", lambda p: o.Adamax(p, lr=1, betas=(0.9, 0.9), weight_decay=0.1)),
    ("nadam", "{}", lambda p: o.NAdam(p, lr=1)),
    ("nadam", "{ momentum_decay = 0.1, weight_decay = 0.1 }",
     lambda p: o.NAdam(p, lr=1, momentum_decay=0.1, weight_decay=0.1)),
    ("radam", "{}", lambda p: o.RAdam(p, lr=1)),
    ("radam", "{ beta2 = 0.9, weight_decay = 0.1 }", lambda p: o.RAdam(p, lr=1, betas=(0.9, 0.9), weight_decay=0.1)),
    ("rmsprop", "{}", lambda p: o.RMSprop(p, lr=1)),
    ("rmsprop", "{ momentum = 0.7, weight_decay = 0.1 }",
     lambda p: o.RMSprop(p, lr=1, momentum=0.7, weight_decay=0.1)),
    ("rmsprop", "{ alpha = 0.9, centered = true, momentum = 0.7 }",
     lambda p: o.RMSprop(p, lr=1, alpha=0.9, centered=True, momentum=0.7)),
    ("adagrad", "{}", lambda p: o.Adagrad(p, lr=1)),
    ("adagrad", "{ lr_decay = 0.01, initial_accumulator = 0.5, weight_decay = 0.1 }",
     lambda p: o.Adagrad(p, lr=1, lr_decay=0.01, initial_accumulator_value=0.5, weight_decay=0.1)),
    ("asgd", "{}", lambda p: o.ASGD(p, lr=0.1)),
    ("lion", "{}", lambda p: Lion(p, lr=1)),
    ("lion", "{ beta1 = 0.8, beta2 = 0.95, weight_decay = 0.1 }",
     lambda p: Lion(p, lr=1, betas=(0.8, 0.95), weight_decay=0.1)),
    ("lookahead", "{ optimizer = nj.optim.sgd { momentum = 0.9 } }",
     lambda p: Lookahead(o.SGD(p, lr=1, momentum=0.9), 5, 0.5)),
    ("lookahead", "{ optimizer = nj.optim.adam {}, k = 3, alpha = 0.8 }",
     lambda p: Lookahead(o.Adam(p, lr=1), 3, 0.8)),
    ("sam", "{ optimizer = nj.optim.sgd { momentum = 0.9 }, rho = 0.1 }",
     lambda p: SAM(o.SGD(p, lr=1, momentum=0.9), 0.1)),
    ("sam", "{ optimizer = nj.optim.adam {}, rho = 0.5, adaptive = true }",
     lambda p: SAM(o.Adam(p, lr=1), 0.5, adaptive=True)),
]


def run(name, make):
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make([w])
    values = []
    for step in range(1, STEPS + 1):
        # The rate of an ASGD step is made of the rate of the step before it: there it stays the same.
        optimizer.param_groups[0]["lr"] = 0.1 if name == "asgd" else rate(step)
        w.grad = None
        value(w, step).backward()
        if isinstance(optimizer, SAM):
            optimizer.second(w, step)
        optimizer.step()
        values.append(w.detach().clone())
    return values


def lua(tensor):
    return "{ " + ", ".join("{ " + ", ".join(repr(x) for x in row) + " }" for row in tensor.tolist()) + " }"


lines = [
    "-- Made by golden.py beside this file; do not edit. The parameter after 1, 2, 5, 10 and 20 steps.",
    'local nj = require "nightjar"',
    "",
    "return {",
]
for name, parameters, make in CASES:
    values = run(name, make)
    lines.append(f'  {{ "{name}", "{parameters}",')
    lines.append(f"    function() return nj.optim.{name} {parameters} end, {{")
    lines += [f"    [{step}] = {lua(values[step - 1])}," for step in (1, 2, 5, 10, 20)]
    lines.append("  } },")
lines.append("}")
pathlib.Path(__file__).with_name("golden.lua").write_text("\n".join(lines) + "\n")
