"""Products, inverses and determinants."""

import numpy as np

from draw import BROAD, EVERYTHING, FEW, MATRIX, Result, done, operation


@operation("matmul")
def _(draw):
    n, k, m = draw.below(7), draw.below(9), draw.below(7)
    lead = draw.shape(most=2)
    kind = draw.below(6)
    left = {0: (k,), 1: lead + (n, k), 2: (n, k)}.get(kind, draw.partner(lead) + (n, k))
    right = {1: (k,), 0: lead + (k, m)}.get(kind, draw.partner(lead) + (k, m))
    flags = [draw.coin() and len(left) > 1, draw.coin() and len(right) > 1]
    given = [s[:-2] + (s[-1], s[-2]) if flag else s for s, flag in zip((left, right), flags)]
    a, b = draw.tensor(given[0], extremes=BROAD), draw.tensor(given[1])
    x, y = [np.swapaxes(t, -1, -2) if flag else t for t, flag in zip((a, b), flags)]
    text = f"a:matmul(b, {{ transpose_a = {str(flags[0]).lower()}, transpose_b = {str(flags[1]).lower()} }})"
    value = np.matmul(x, y)
    scale = np.max(np.matmul(np.abs(x), np.abs(y)), initial=0)
    return done(draw, text, Result(value, scale=scale), bound={"float32": 1e-6, "float64": 1e-14})


@operation("outer")
def _(draw):
    a, b = draw.tensor((draw.below(8),), extremes=EVERYTHING), draw.tensor((draw.below(8),), extremes=EVERYTHING)
    with np.errstate(all="ignore"):
        return done(draw, "nj.outer(a, b)", np.outer(a, b))


@operation("einsum")
def _(draw):
    letters = "ijklm"
    extents = {letter: draw.below(5) for letter in letters}
    count = 1 + draw.below(3)
    inputs = []
    # Dimensions without a name, the same for all operands but where one of them repeats.
    unnamed = [draw.below(4) for _ in range(draw.below(3))] if draw.coin() else None
    shapes = []
    for _ in range(count):
        chosen = list(draw.rng.permutation(list(letters))[: draw.below(4)])
        if chosen and draw.below(4) == 0:
            chosen.insert(draw.below(len(chosen) + 1), chosen[0])
        shape = [extents[letter] for letter in chosen]
        if unnamed is not None:
            place, own = draw.below(len(chosen) + 1), unnamed[draw.below(len(unnamed) + 1):]
            shape[place:place] = [1 if draw.below(4) == 0 else n for n in own]
            chosen.insert(place, "...")
        inputs.append("".join(chosen))
        shapes.append(tuple(shape))
    used = sorted(set("".join(inputs)) - {"."})
    named = list(draw.rng.permutation(used)[: draw.below(len(used) + 1)]) if used else []
    if unnamed is not None:
        named.insert(draw.below(len(named) + 1), "...")
    equation = ",".join(inputs) + ("->" + "".join(named) if draw.coin() else "")
    tensors = [draw.tensor(shape) for shape in shapes]
    value = np.einsum(equation, *tensors)
    scale = np.max(np.einsum(equation, *[np.abs(t) for t in tensors]), initial=0)
    return done(draw, f'nj.einsum("{equation}", {", ".join("abc"[:count])})', Result(value, scale=scale), bound=FEW)


def matrices(draw):
    n = draw.below(7)
    lead = draw.shape(most=2)
    a = draw.values(lead + (n, n), -1, 1) + (2 * n * np.eye(n)).astype(draw.dtype) * draw.rng.choice([-1, 1])
    return draw.give(a.astype(draw.dtype)), n


@operation("inverse")
def _(draw):
    a, _ = matrices(draw)
    value = np.linalg.inv(a)
    return done(draw, "a:inverse()", Result(value, scale=np.max(np.abs(value), initial=0)), bound=MATRIX)


@operation("det")
def _(draw):
    a, n = matrices(draw)
    if n > 1 and a.size and draw.below(4) == 0:
        draw.inputs = []
        a[..., -1, :] = 0
        a = draw.give(a.astype(draw.dtype))
    return done(draw, "a:det()", np.linalg.det(a), bound=MATRIX)


@operation("slogdet")
def _(draw):
    a, n = matrices(draw)
    if n > 1 and a.size and draw.below(4) == 0:
        draw.inputs = []
        a[..., -1, :] = 0
        a = draw.give(a.astype(draw.dtype))
    with np.errstate(all="ignore"):
        sign, logarithm = np.linalg.slogdet(a)
    return done(draw, "a:slogdet()", Result(sign), Result(logarithm, scale=1), bound=MATRIX)
