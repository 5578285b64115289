#!/usr/bin/env python3
"""Brute force over predictions, in NumPy, for what NightjarTheory works out: writes theory.json beside itself.

For losses of ten classes, the least and largest value and sum over labels among many points of the simplex, its corners
and its centre. For losses of the label's probability alone, the asymmetry ratio of Zhou et al. (ICML 2021) by a grid over
u and v. For three classes, the largest excess of the clean risk of the minimizer of the noisy risk, over grids of
predictions and of true posteriors.
"""
import json
import pathlib

import numpy

ONE = {
    "cce": lambda p: -numpy.log(p),
    "gce": lambda p: (1 - p**0.7) / 0.7,
    "mae": lambda p: 2 - 2 * p,
    "unhinged": lambda p: 1 - p,
    "ael": lambda p: numpy.exp(-p / 2.5),
    "agce": lambda p: (1.3257796 - (0.6 + p) ** 0.6) / 0.6,
    "aul": lambda p: ((5.5 - p) ** 3 - 91.125) / 3,
}


def losses(name, p):
    """All labels' losses of rows of probabilities."""
    if name in ONE:
        return ONE[name](p)
    classes = p.shape[1]
    squares = (p**2).sum(1, keepdims=True)
    if name == "mse":
        return 1 - 2 * p + squares
    if name == "nmse":
        return (1 - 2 * p + squares) / (classes * squares + classes - 2)
    if name == "rll":
        log = numpy.log(p + 0.1)
        return numpy.log(11) - log + (log.sum(1, keepdims=True) - log) / (classes - 1)
    if name == "ngce":
        return (1 - p**0.7) / (classes - (p**0.7).sum(1, keepdims=True))
    raise ValueError(name)


def simplex(classes, count, stream):
    points = [stream.dirichlet(numpy.full(classes, a), count) for a in (0.05, 0.2, 1, 5)]
    corners = numpy.eye(classes) * (1 - 1e-9 * classes) + 1e-9
    # Certain of being wrong, and even among some of the others.
    wrong = []
    for others in range(1, classes):
        row = numpy.full(classes, 1e-12)
        row[:others] = 1 / others
        wrong.append(row / row.sum())
    return numpy.concatenate(points + [corners, numpy.full((1, classes), 1 / classes), numpy.array(wrong)])


def ratio(loss):
    best = 1.0
    for v in numpy.concatenate([numpy.geomspace(1e-5, 1, 60), numpy.linspace(0.02, 1, 50)]):
        u = numpy.linspace(0, 1 - v, 400)
        best = min(best, float(((loss(u) - loss(u + v)) / (loss(0.0) - loss(v))).min()))
    return best


def excess(name, rate):
    steps = 40
    grid = numpy.array([(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]) / steps
    values = losses(name, numpy.clip(grid, 1e-12, 1))
    posteriors = grid[::7]
    clean = values @ posteriors.T
    noisy = values @ ((1 - rate) * posteriors + rate / 2 * (1 - posteriors)).T
    chosen = clean[noisy.argmin(0), numpy.arange(len(posteriors))]
    return float((chosen - clean.min(0)).max())


def main():
    stream = numpy.random.default_rng(1)
    points = simplex(10, 20000, stream)
    result = {"ranges": {}, "ratios": {}, "excess": {}}
    for name in ["mae", "unhinged", "mse", "nmse", "rll", "gce", "ngce", "ael", "agce", "aul"]:
        values = losses(name, points)
        sums = values.sum(1)
        result["ranges"][name] = [float(x) for x in (values.min(), values.max(), sums.min(), sums.max())]
    for name in ["mae", "unhinged", "ael", "agce", "aul"]:
        result["ratios"][name] = ratio(ONE[name])
    for name in ["gce", "mse", "ael", "agce", "aul", "mae", "rll"]:
        result["excess"][name] = {str(rate): excess(name, rate) for rate in (0.2, 0.4, 0.6)}
    path = pathlib.Path(__file__).with_name("theory.json")
    path.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


main()
