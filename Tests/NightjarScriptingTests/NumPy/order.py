"""Sorting, and moving by position."""

import numpy as np

from draw import ALL, EVERYTHING, SUM, Result, done, operation


def ordered(a, axis, descending):
    """Stable, NaN as the largest."""
    if not descending:
        return np.argsort(a, axis=axis, kind="stable")
    rank = np.where(np.isnan(a), -np.inf, -a) if a.dtype.kind == "f" else -a.astype("int64")
    if a.dtype.kind != "f":
        return np.argsort(rank, axis=axis, kind="stable")
    # NaN before infinity: by two keys.
    return np.lexsort((rank, ~np.isnan(a)), axis=axis)


for name in ("sort", "argsort", "topk"):
    @operation(name, *ALL)
    def _(draw, name=name):
        shape = draw.shape(least=1)
        if draw.below(10) == 0:
            shape = (300,) if draw.coin() else (150, 2)
        a = draw.tensor(shape, extremes=EVERYTHING)
        axis, counted = draw.axis(shape)
        flag = draw.coin()
        count = draw.below(shape[axis] + 1)
        order = ordered(a, axis, descending=flag)
        if name == "topk":
            order = np.take(order, range(count), axis=axis)
            text = f"a:topk({count}, {counted}, {{ largest = {str(flag).lower()} }})"
        else:
            text = f"a:{name}({counted}, {{ descending = {str(flag).lower()} }})"
        results = [Result(order + 1, dtype="int32")]
        if name != "argsort":
            results.insert(0, Result(np.take_along_axis(a, order, axis)))
        return done(draw, text, *results)


@operation("gather", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape, extremes=EVERYTHING)
    axis, counted = draw.axis(shape)
    wanted = list(shape)
    wanted[axis] = draw.below(6) if shape[axis] else 0
    b = draw.ints(tuple(wanted), 1, max(shape[axis], 1) + 1)
    return done(draw, f"a:gather({counted}, b)", np.take_along_axis(a, b - 1, axis))


@operation("index", *ALL)
def _(draw):
    shape = draw.shape(least=1, most=3)
    a = draw.tensor(shape, extremes=EVERYTHING)
    axis, counted = draw.axis(shape)
    b = draw.ints(draw.shape(most=2, zeros=False) if shape[axis] else (0,), 1, max(shape[axis], 1) + 1)
    return done(draw, f"a:index({counted}, b)", np.take(a, b - 1, axis=axis))


@operation("scatter_add", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    inner = list(shape)
    inner[axis] = draw.below(6) if shape[axis] else 0
    b = draw.ints(tuple(inner), 1, max(shape[axis], 1) + 1)
    c = draw.tensor(tuple(inner))
    value = np.array(a)
    where = list(np.indices(tuple(inner)))
    where[axis] = b - 1
    np.add.at(value, tuple(where), c)
    return done(draw, f"a:scatter_add({counted}, b, c)", Result(value, scale=20), bound=SUM)


@operation("bincount")
def _(draw):
    a = draw.ints(draw.shape(), 1, 6)
    weights = draw.coin()
    if not weights:
        bins = max(int(np.max(a, initial=0)), 0)
        text = f"nj.bincount(a, {bins + 2})" if draw.coin() or not a.size else "nj.bincount(a)"
        size = bins + 2 if "," in text else bins
        return done(draw, text, Result(np.bincount(a.ravel() - 1, minlength=size)[:size], dtype="int32"))
    b = draw.tensor(a.shape)
    value = np.bincount(a.ravel() - 1, weights=b.ravel(), minlength=7)
    return done(draw, "nj.bincount(a, 7, { weights = b })", Result(value, scale=600), bound=SUM)


@operation("masked_select", *ALL)
def _(draw):
    shape = draw.shape()
    a = draw.tensor(shape, extremes=EVERYTHING)
    b = draw.give(draw.rng.random(size=shape) < 0.5)
    return done(draw, "a:masked_select(b)", a[b])


@operation("nonzero", "int32")
def _(draw):
    a = draw.give(draw.rng.random(size=draw.shape(least=1)) < 0.5)
    found = np.argwhere(a) + 1
    return done(draw, "a:nonzero()", found[:, 0] if a.ndim == 1 else found)


@operation("pick")
def _(draw):
    shape = draw.shape(most=4) + (1 + draw.below(6),)
    a = draw.tensor(shape, extremes=EVERYTHING)
    b = draw.ints(shape[:-1], 1, shape[-1] + 1)
    return done(draw, "a:pick(b)", np.take_along_axis(a, b[..., None] - 1, -1)[..., 0])


@operation("one_hot", *ALL)
def _(draw):
    classes = 1 + draw.below(6)
    a = draw.ints(draw.shape(most=4), 1, classes + 1)
    return done(draw, f'nj.one_hot(a, {classes}, {{ dtype = "{draw.dtype}" }})', np.eye(classes)[a - 1])
