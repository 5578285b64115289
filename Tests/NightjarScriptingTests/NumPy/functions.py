"""Order statistics, running products, diagonals, and likeness of rows."""

import numpy as np
from scipy.spatial import distance

from draw import ALL, BROAD, ELEMENTARY, FEW, SUM, Result, done, operation

EDGES = [np.nan, np.inf, -np.inf]


def along(draw, least=1):
    shape = draw.shape(least=1, zeros=False)
    return shape, *draw.axis(shape)


@operation("median")
def _(draw):
    shape, axis, counted = along(draw)
    a = draw.tensor(shape, extremes=[np.nan] if draw.coin() else [])
    if draw.coin():
        return done(draw, "a:median()", Result(np.median(a)), bound=ELEMENTARY)
    return done(draw, f"a:median({counted}, {{ keep = true }})", Result(np.median(a, axis=axis, keepdims=True)),
                bound=ELEMENTARY)


@operation("quantile")
def _(draw):
    shape, axis, counted = along(draw)
    a = draw.tensor(shape, extremes=[np.nan] if draw.coin() else [])
    q = [float(x) for x in draw.rng.choice([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 1.0], size=2)]
    if draw.coin():
        return done(draw, f"a:quantile({{ {q[0]!r}, {q[1]!r} }}, {counted})", Result(np.quantile(a, q, axis=axis), scale=3),
                    bound=FEW)
    return done(draw, f"a:quantile({q[0]!r})", Result(np.quantile(a, q[0]), scale=3), bound=FEW)


@operation("histogram", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(least=1, zeros=False))
    bins = 1 + draw.below(7)
    if draw.coin():
        counts, edges = np.histogram(a, bins, range=(-2, 2))
        text = f"a:histogram({bins}, {{ min = -2, max = 2 }})"
    else:
        counts, edges = np.histogram(a.astype("float64"), bins)
        text = f"a:histogram({bins})"
    return done(draw, text, Result(counts, dtype="int32"), Result(edges, dtype="float64", scale=3),
                bound={"float32": 1e-12, "float64": 1e-12, "int32": 1e-12})


@operation("unique", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(least=1, zeros=False))
    values, counts = np.unique(a, return_counts=True)
    return done(draw, "a:unique()", Result(values), Result(counts, dtype="int32"))


@operation("cumprod")
def _(draw):
    shape, axis, counted = along(draw)
    a = draw.tensor(shape, extremes=[0.0])
    return done(draw, f"a:cumprod({counted})", Result(np.cumprod(a, axis=axis)), bound=FEW)


@operation("logcumsumexp")
def _(draw):
    shape, axis, counted = along(draw)
    a = draw.tensor(shape, -20, 20, extremes=[-np.inf, 700.0, -700.0])
    return done(draw, f"a:logcumsumexp({counted})", Result(np.logaddexp.accumulate(a, axis=axis), scale=1), bound=FEW)


@operation("logaddexp")
def _(draw):
    shape = draw.shape()
    a, b = (draw.tensor(shape, -20, 20, extremes=[-np.inf, np.inf, 700.0, -700.0]) for _ in range(2))
    return done(draw, "a:logaddexp(b)", Result(np.logaddexp(a, b), scale=1), bound=FEW)


@operation("cosine_similarity")
def _(draw):
    shape, axis, counted = along(draw)
    a, b = draw.tensor(shape, extremes=[0.0]), draw.tensor(shape)
    norms = [np.maximum(np.linalg.norm(x, axis=axis), 1e-8) for x in (a, b)]
    return done(draw, f"a:cosine_similarity(b, {counted})", Result(np.sum(a * b, axis=axis) / norms[0] / norms[1], scale=1),
                bound=FEW)


@operation("cdist")
def _(draw):
    width = 1 + draw.below(4)
    a, b = (draw.tensor((1 + draw.below(5), width)) for _ in range(2))
    return done(draw, "a:cdist(b)", Result(distance.cdist(a, b), scale=3), bound=FEW)


for name in ("triu", "tril", "diagonal"):
    @operation(name, *ALL)
    def _(draw, name=name):
        a = draw.tensor(draw.shape(least=2, most=4, zeros=False))
        offset = draw.below(7) - 3
        function = {"triu": np.triu, "tril": np.tril}.get(name)
        value = function(a, offset) if function else np.diagonal(a, offset, -2, -1)
        return done(draw, f"a:{name}({offset})", Result(np.ascontiguousarray(value)))


@operation("diag", *ALL)
def _(draw):
    a = draw.tensor((1 + draw.below(5),))
    return done(draw, "a:diag()", Result(np.diag(a)))


@operation("trace")
def _(draw):
    a = draw.tensor(draw.shape(least=2, most=4, zeros=False))
    return done(draw, "a:trace()", Result(np.trace(a, axis1=-2, axis2=-1), scale=9), bound=SUM)


@operation("crop", *ALL)
def _(draw):
    h, w = 1 + draw.below(5), 1 + draw.below(5)
    a = draw.tensor((2, h, w, 1 + draw.below(3)))
    height, width = 1 + draw.below(h), 1 + draw.below(w)
    top, left = draw.below(h - height + 1), draw.below(w - width + 1)
    return done(draw, f"a:crop({top + 1}, {left + 1}, {height}, {width})",
                Result(np.ascontiguousarray(a[:, top:top + height, left:left + width])))


@operation("kron")
def _(draw):
    a, b = (draw.tensor((1 + draw.below(4), 1 + draw.below(4))) for _ in range(2))
    return done(draw, "a:kron(b)", Result(np.kron(a, b)), bound=ELEMENTARY)


@operation("masked_fill", *ALL)
def _(draw):
    a = draw.tensor(draw.shape())
    return done(draw, "a:masked_fill(a:gt(0), 7)", Result(np.where(a > 0, 7, a)))


@operation("nan_to_num")
def _(draw):
    a = draw.tensor(draw.shape(), extremes=EDGES)
    return done(draw, "a:nan_to_num(4)", Result(np.where(np.isnan(a), 4, a)))


@operation("lerp")
def _(draw):
    shape = draw.shape()
    a, b = draw.tensor(shape), draw.tensor(shape)
    return done(draw, "a:lerp(b, 0.25)", Result(a + 0.25 * (b - a), scale=9), bound=FEW)


@operation("isclose")
def _(draw):
    shape = draw.shape()
    a = draw.tensor(shape, extremes=EDGES)
    b = draw.tensor(shape, extremes=EDGES)
    return done(draw, "a:isclose(b, { rtol = 0.25, atol = 0.125 })",
                Result(np.isclose(a, b, rtol=0.25, atol=0.125), dtype="bool"))
