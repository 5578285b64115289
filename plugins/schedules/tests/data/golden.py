"""Learning rates of PyTorch's schedulers, as golden.lua beside this file.

Usage: python golden.py        Needs: pip install torch
"""
import pathlib

import torch
from torch.optim import lr_scheduler as s

EPOCHS, STEPS = 12, 5


def optimizer(rate=0.5):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate, momentum=0.9)


def rates(make, count, rate=0.5, key="lr"):
    made = optimizer(rate)
    scheduler = make(made)
    values = []
    for _ in range(count):
        values.append(made.param_groups[0][key])
        made.step()
        scheduler.step()
    return values


def shifted(make, count, rate=0.5):
    """Warm-up: PyTorch's value after a step is the one that the step itself has here."""
    return rates(make, count + 1, rate)[1:]


LOSSES = [3.0, 2.5, 2.5, 2.4999, 2.6, 2.7, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


def plateau(**options):
    made = optimizer()
    scheduler = s.ReduceLROnPlateau(made, **options)
    values = []
    for loss in LOSSES:
        values.append(made.param_groups[0]["lr"])
        scheduler.step(loss)
    return values


TOTAL = EPOCHS * STEPS
CASES = [
    ("one_cycle", "{ base = 0.5 }", "step", rates(lambda o: s.OneCycleLR(o, 0.5, TOTAL), TOTAL)),
    ("one_cycle", '{ base = 0.5, start = 0.1, finish = 0.002, turn = 0.4, shape = "linear" }', "step",
     rates(lambda o: s.OneCycleLR(o, 0.5, TOTAL, pct_start=0.4, anneal_strategy="linear", div_factor=5,
                                  final_div_factor=50), TOTAL)),
    ("one_cycle", "{ base = 0.85, start = 0.95, finish = 0.95 }", "step",
     rates(lambda o: s.OneCycleLR(o, 0.5, TOTAL), TOTAL, key="momentum")),
    ("warm_restarts", "{ base = 0.5, floor = 0.01, period = 4 }", "epoch",
     rates(lambda o: s.CosineAnnealingWarmRestarts(o, 4, eta_min=0.01), EPOCHS)),
    ("warm_restarts", "{ base = 0.5, period = 2, growth = 2 }", "epoch",
     rates(lambda o: s.CosineAnnealingWarmRestarts(o, 2, 2), EPOCHS)),
    ("polynomial", "{ base = 0.5, power = 2, epochs = 8 }", "epoch",
     rates(lambda o: s.PolynomialLR(o, 8, 2), EPOCHS)),
    ("step", "{ base = 0.5, drops = { 3, 7 } }", "epoch", rates(lambda o: s.MultiStepLR(o, [3, 7]), EPOCHS)),
    ("step", "{ base = 0.5, every = 5, factor = 0.3 }", "epoch", rates(lambda o: s.StepLR(o, 5, 0.3), EPOCHS)),
    ("exponential", "{ base = 0.5, decay = 0.9 }", "epoch", rates(lambda o: s.ExponentialLR(o, 0.9), EPOCHS)),
    ("linear", "{ from = 0.5, to = 0.1, epochs = 9 }", "epoch",
     rates(lambda o: s.LinearLR(o, 1.0, 0.2, total_iters=8), EPOCHS)),
    ("warmup", "{ schedule = nj.schedules.constant { base = 0.5 }, steps = 7, start = 0.2 }", "step",
     shifted(lambda o: s.LinearLR(o, 0.2, total_iters=7), TOTAL)),
]
PLATEAUS = [
    ("{ base = 0.5, factor = 0.5, patience = 1 }", plateau(factor=0.5, patience=1)),
    ("{ base = 0.5, factor = 0.5, patience = 1, cooldown = 2, floor = 0.1 }",
     plateau(factor=0.5, patience=1, cooldown=2, min_lr=0.1)),
    ("{ base = 0.5, factor = 0.2, patience = 0, threshold = 0.3, relative = false }",
     plateau(factor=0.2, patience=0, threshold=0.3, threshold_mode="abs")),
]


def row(name, parameters, how, values):
    numbers = [f"{v!r}" for v in values]
    lines = [", ".join(numbers[i:i + 4]) for i in range(0, len(numbers), 4)]
    return [f'  {{ "{name}", [[{parameters}]],', f'    "{how}",', f"    function() return nj.schedules.{name} {parameters} end, {{",
            *[f"      {line}," for line in lines], "    } },"]


text = ["-- Made by golden.py beside this file; do not edit. Rates by step or by epoch of 12 epochs of 5 steps.",
        'local nj = require "nightjar"', "", "return {", "rates = {"]
for case in CASES:
    text += row(*case)
text += ["},", f"losses = {{ {', '.join(map(repr, LOSSES))} }},", "plateaus = {"]
for parameters, values in PLATEAUS:
    text += row("plateau", parameters, "epoch", values)
text += ["}", "}"]
pathlib.Path(__file__).with_name("golden.lua").write_text("\n".join(text) + "\n")
