"""Reductions and running sums."""

import numpy as np
from scipy import special

from draw import ALL, BROAD, ELEMENTARY, EVERYTHING, FEW, SUM, Result, done, fitting, operation


def kept(draw):
    keep = draw.coin()
    return keep, ", { keep = true }" if keep else ""


def reduction(name, function, *dtypes, bound=SUM, least=False, extremes=BROAD, low=-3.0, high=3.0, scale=None):
    @operation(name, *dtypes)
    def _(draw):
        while True:
            draw.inputs = []
            shape = draw.shape()
            a = draw.tensor(shape, low, high, extremes=extremes)
            axes, text = draw.axes(shape)
            if not least or np.prod([shape[axis] for axis in axes]) > 0:
                break
        keep, option = kept(draw)
        with np.errstate(all="ignore"):
            value = function(a, axes, keep)
            size = scale(a, axes) if scale and a.size else 0.0
        return done(draw, f"a:{name}({text}{option})", Result(value, scale=size), bound=bound)


# Of masks: counts, shares and positions.
MASKS = {
    "sum": (np.sum, "int32"), "prod": (np.prod, "int32"), "mean": (np.mean, "float32"), "max": (np.max, "bool"),
    "min": (np.min, "bool"),
}

for name, (function, kind) in MASKS.items():
    @operation(f"{name} of a mask", "int32")
    def _(draw, name=name, function=function, kind=kind):
        a = draw.give(draw.rng.random(size=draw.shape(zeros=False)) < 0.6)
        axes, text = draw.axes(a.shape)
        keep, option = kept(draw)
        value = function(a, axis=axes, keepdims=keep)
        return done(draw, f"a:{name}({text}{option})", Result(value, dtype=kind), bound={"int32": 1e-6})

for name, function in {
    "cumsum": np.cumsum, "argmax": lambda a, axis: np.argmax(a, axis) + 1, "argmin": lambda a, axis: np.argmin(a, axis) + 1,
}.items():
    @operation(f"{name} of a mask", "int32")
    def _(draw, name=name, function=function):
        a = draw.give(draw.rng.random(size=draw.shape(least=1, zeros=False)) < 0.6)
        axis, counted = draw.axis(a.shape)
        return done(draw, f"a:{name}({counted})", Result(function(a, axis=axis), dtype="int32"))


def terms(a, axes):
    """The largest sum of magnitudes over these dimensions."""
    finite = np.where(np.isfinite(a), np.abs(a.astype("float64")), 0)
    return np.max(np.sum(finite, axis=axes)) if a.size else 0.0


def logsumexp(a, axes, keep):
    largest = np.max(a, axis=axes, keepdims=True)
    peak = np.where(np.isfinite(largest), largest, 0)
    result = np.log(np.sum(np.exp(a - peak), axis=axes, keepdims=True)) + peak
    return result if keep else np.squeeze(result, axes)


reduction("sum", lambda a, axes, keep: np.sum(a, axis=axes, keepdims=keep), *ALL, scale=terms)


def product(a, axes, keep):
    value = np.prod(a, axis=axes, keepdims=keep)
    # Whole numbers of any size, as Python has them: 64 bits may not hold the product.
    return fitting(np.prod(a.astype(object), axis=axes, keepdims=keep), "int32") if a.dtype.kind == "i" else value


# Multiplied in float64, rounded once.
reduction("prod", lambda a, axes, keep: product(a, axes, keep), *ALL,
          extremes=[0.0, -0.0], bound={"float32": 1.2e-7, "float64": 1e-12})
reduction("max", lambda a, axes, keep: np.max(a, axis=axes, keepdims=keep), *ALL, least=True, extremes=EVERYTHING)
reduction("min", lambda a, axes, keep: np.min(a, axis=axes, keepdims=keep), *ALL, least=True, extremes=EVERYTHING)
reduction("mean", lambda a, axes, keep: np.mean(a, axis=axes, keepdims=keep), least=True, scale=terms)
reduction("logsumexp", logsumexp, least=True, extremes=[np.inf, -np.inf, 1e30, -1e30, 700.0, -700.0], low=-30, high=30, bound=FEW, scale=lambda a, axes: 1)


def spread(name, function):
    @operation(name)
    def _(draw):
        while True:
            draw.inputs = []
            shape = draw.shape()
            a = draw.tensor(shape)
            axes, text = draw.axes(shape)
            count = int(np.prod([shape[axis] for axis in axes]))
            correction = draw.below(2)
            if count > correction:
                break
        keep = draw.coin()
        value = function(a, axis=axes, keepdims=keep, ddof=correction)
        bound = {"float32": 1e-6, "float64": 1e-14}
        # What is left of a number when a mean of the same size is taken off is known relative to the numbers, and so is
        # the root of the mean of its squares.
        scale = 9.0 if name == "var" else 3.0
        text = f"a:{name}({text}, {{ keep = {str(keep).lower()}, correction = {correction} }})"
        return done(draw, text, Result(value, scale=scale), bound=bound)


spread("var", np.var)
spread("std", np.std)


@operation("norm")
def _(draw):
    shape = draw.shape()
    a = draw.tensor(shape, extremes=[0.0, 1e8, -1e-8])
    axes, text = draw.axes(shape)
    p = [1, 2, 3, 2.5, np.inf][draw.below(5)]
    if p == np.inf and np.prod([shape[axis] for axis in axes]) == 0:
        p = 2
    size = np.abs(a)
    keep = draw.coin()
    if p == np.inf:
        value = np.max(size, axis=axes, keepdims=keep)
    else:
        value = np.sum(size**p, axis=axes, keepdims=keep) ** (1 / p)
    option = f"{{ keep = {str(keep).lower()}, p = {'math.huge' if p == np.inf else p} }}"
    return done(draw, f"a:norm({text}, {option})", value, bound={"float32": 4e-6, "float64": 1e-12})


for name, function in {"any": np.any, "all": np.all}.items():
    @operation(name, "int32")
    def _(draw, name=name, function=function):
        shape = draw.shape()
        a = draw.give(draw.rng.random(size=shape) < (0.2 if name == "any" else 0.8))
        axes, text = draw.axes(shape)
        keep, option = kept(draw)
        return done(draw, f"a:{name}({text}{option})", Result(function(a, axis=axes, keepdims=keep), dtype="bool"))


for name, function in {"argmax": np.argmax, "argmin": np.argmin}.items():
    @operation(name, *ALL)
    def _(draw, name=name, function=function):
        while True:
            draw.inputs = []
            shape = draw.shape(least=1)
            a = draw.tensor(shape, extremes=EVERYTHING)
            axis, counted = draw.axis(shape)
            if shape[axis] > 0:
                break
        keep, option = kept(draw)
        value = function(a, axis=axis) + 1
        value = np.expand_dims(value, axis) if keep else value
        return done(draw, f"a:{name}({counted}{option})", Result(value, dtype="int32"))


for name, function in {"softmax": special.softmax, "log_softmax": special.log_softmax}.items():
    @operation(name)
    def _(draw, name=name, function=function):
        while True:
            draw.inputs = []
            shape = draw.shape(least=1)
            a = draw.tensor(shape, -30, 30, extremes=[-1e30, 700.0, -700.0, 0.0])
            axes, text = draw.axes(shape)
            if axes and np.prod([shape[axis] for axis in axes]) > 0:
                break
        if text == "nil":
            axes = (len(shape) - 1,)
        if shape[axes[0]] == 0 or np.prod([shape[axis] for axis in axes]) == 0:
            text, axes = "nil", (len(shape) - 1,)
            draw.inputs = []
            a = draw.tensor(shape[:-1] + (3,))
        value = function(a, axis=axes if len(axes) > 1 else axes[0])
        # A logarithm near 0 is known as well as the sum it comes from.
        # Otherwise: exp(x - largest) is as good as the difference, which is known to an ulp of 60.
        scale = 1.0 if name == "log_softmax" else 0.0
        return done(draw, f"a:{name}({text})", Result(value, scale=scale), bound={"float32": 1e-5, "float64": 1e-13})


@operation("cumsum", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape, extremes=BROAD)
    axis, counted = draw.axis(shape)
    reverse = draw.coin()
    turned = np.flip(a, axis) if reverse else a
    value = np.cumsum(turned, axis=axis)
    value = np.flip(value, axis) if reverse else value
    return done(draw, f"a:cumsum({counted}, {{ reverse = {str(reverse).lower()} }})",
                Result(value, scale=terms(a, axis)), bound=SUM)
