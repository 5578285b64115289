"""Three updates of one parameter by PyTorch's optimizers, in float64; the numbers in plugins/optimizers/tests.

Usage: python optimizers.py        Needs: pip install torch
"""
import torch

START = [[1.0, -2.0], [0.5, 3.0]]
GRADIENTS = [[[0.1, -0.2], [0.3, 0.4]], [[-0.5, 0.6], [0.7, -0.8]], [[0.9, 1.0], [-1.1, 1.2]]]
RATES = [0.1, 0.1, 0.05]

CASES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1),
    "sgd momentum": lambda p: torch.optim.SGD(p, lr=1, momentum=0.9),
    "sgd nesterov, decay": lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=1),
    "adam decay": lambda p: torch.optim.Adam(p, lr=1, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1, weight_decay=0.1),
}

for name, make in CASES.items():
    parameter = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make([parameter])
    for gradient, rate in zip(GRADIENTS, RATES):
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    print(name, parameter.detach().tolist())
