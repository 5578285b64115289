"""Shapes, pieces and repetition."""

import numpy as np

from draw import ALL, EVERYTHING, done, listed, operation


@operation("reshape", *ALL)
def _(draw):
    shape = draw.shape()
    a = draw.tensor(shape, extremes=EVERYTHING)
    rest, wanted = int(np.prod(shape)), []
    for prime in (2, 3, 7):
        while rest > 1 and rest % prime == 0 and len(wanted) < 5 and draw.coin():
            wanted.append(prime)
            rest //= prime
    wanted.append(rest)
    wanted = list(draw.rng.permutation(wanted))
    text = list(wanted)
    if a.size and draw.coin():
        text[draw.below(len(text))] = -1
    return done(draw, f"a:reshape({listed(text)})", a.reshape([int(n) for n in wanted]))


@operation("transpose", *ALL)
def _(draw):
    shape = draw.shape(least=2)
    a = draw.tensor(shape)
    (one, first), (two, second) = draw.axis(shape), draw.axis(shape)
    return done(draw, f"a:transpose({first}, {second})", np.swapaxes(a, one, two))


@operation("permute", *ALL)
def _(draw):
    a = draw.tensor(draw.shape())
    order = [int(axis) for axis in draw.rng.permutation(a.ndim)]
    return done(draw, f"a:permute({listed(axis + 1 for axis in order)})", np.transpose(a, order))


@operation("squeeze", *ALL)
def _(draw):
    shape = draw.shape()
    a = draw.tensor(shape)
    ones = [axis for axis, n in enumerate(shape) if n == 1]
    if ones and draw.coin():
        axis = ones[draw.below(len(ones))]
        return done(draw, f"a:squeeze({axis + 1})", np.squeeze(a, axis))
    return done(draw, "a:squeeze()", np.squeeze(a))


@operation("unsqueeze", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(most=4))
    axis = draw.below(a.ndim + 1)
    counted = axis + 1 if draw.coin() else axis - a.ndim - 1
    return done(draw, f"a:unsqueeze({counted})", np.expand_dims(a, axis))


@operation("expand", *ALL)
def _(draw):
    shape = draw.shape()
    a = draw.tensor(draw.partner(shape))
    full = np.broadcast_shapes(shape, a.shape)
    return done(draw, f"a:expand({listed(full)})", np.broadcast_to(a, full))


@operation("flatten", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    return done(draw, f"a:flatten({counted})", a.reshape(shape[:axis] + (int(np.prod(shape[axis:])),)))


@operation("narrow", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    first = draw.below(shape[axis] + 1)
    count = draw.below(shape[axis] - first + 1)
    return done(draw, f"a:narrow({counted}, {first + 1}, {count})", np.take(a, range(first, first + count), axis))


@operation("slice", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    texts, ranges = [], []
    for extent in shape[: 1 + draw.below(len(shape))]:
        if extent == 0 or draw.below(3) == 0:
            texts.append("{}")
            ranges.append(slice(None))
            continue
        first, last, step = draw.below(extent), draw.below(extent), [1, 1, 2, -1, -2][draw.below(5)]
        positions = list(range(first, last + (1 if step > 0 else -1), step))
        texts.append(f"{{ {first + 1}, {last + 1 if draw.coin() else last - extent}, {step} }}")
        ranges.append(positions)
    value = a
    for axis, chosen in enumerate(ranges):
        if not isinstance(chosen, slice):
            value = np.take(value, np.array(chosen, dtype=int), axis=axis)
    return done(draw, f"a:slice({', '.join(texts)})", value)


@operation("cat", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    axis, counted = draw.axis(shape)
    parts = []
    for _ in range(1 + draw.below(4)):
        extents = list(shape)
        extents[axis] = draw.below(4)
        parts.append(draw.tensor(tuple(extents), extremes=EVERYTHING))
    return done(draw, f"nj.cat({{ {', '.join('abcd'[: len(parts)])} }}, {counted})", np.concatenate(parts, axis))


@operation("stack", *ALL)
def _(draw):
    shape = draw.shape(most=4)
    parts = [draw.tensor(shape) for _ in range(1 + draw.below(4))]
    axis = draw.below(len(shape) + 1)
    counted = axis + 1 if draw.coin() else axis - len(shape) - 1
    return done(draw, f"nj.stack({{ {', '.join('abcd'[: len(parts)])} }}, {counted})", np.stack(parts, axis))


@operation("split", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    if draw.coin():
        size = 1 + draw.below(4)
        cuts = list(range(size, shape[axis], size))
        text = str(size)
    else:
        cuts = sorted(draw.below(shape[axis] + 1) for _ in range(draw.below(3)))
        text = listed(np.diff([0] + cuts + [shape[axis]]))
    return done(draw, f"table.unpack(a:split({text}, {counted}))", *np.split(a, cuts, axis))


@operation("chunk", *ALL)
def _(draw):
    shape = draw.shape(least=1, zeros=False)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    count = 1 + draw.below(5)
    size = -(-shape[axis] // count)
    return done(draw, f"table.unpack(a:chunk({count}, {counted}))",
                *np.split(a, list(range(size, shape[axis], size)), axis))


@operation("pad", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(), extremes=EVERYTHING)
    value = draw.below(3)
    if draw.below(3) == 0:
        width = draw.below(3)
        widths, text = [(width, width)] * a.ndim, str(width)
    else:
        widths = [(draw.below(3), draw.below(3)) for _ in range(a.ndim)]
        text = "{ " + ", ".join(listed(pair) for pair in widths) + " }"
    padded = np.pad(a, widths, constant_values=value) if a.ndim else a
    return done(draw, f"a:pad({text}, {{ value = {value} }})", padded)


@operation("flip", *ALL)
def _(draw):
    shape = draw.shape()
    a = draw.tensor(shape)
    axes, text = draw.axes(shape)
    return done(draw, f"a:flip({text})", np.flip(a, axes))


@operation("roll", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    shift = draw.below(21) - 10
    return done(draw, f"a:roll({shift}, {counted})", np.roll(a, shift, axis))


@operation("tile", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(most=4))
    counts = [draw.below(4) for _ in range(draw.below(a.ndim + 2))]
    return done(draw, f"a:tile({listed(counts)})", np.tile(a, counts))


@operation("repeat_interleave", *ALL)
def _(draw):
    shape = draw.shape(least=1)
    a = draw.tensor(shape)
    axis, counted = draw.axis(shape)
    count = draw.below(4)
    return done(draw, f"a:repeat_interleave({count}, {counted})", np.repeat(a, count, axis))
