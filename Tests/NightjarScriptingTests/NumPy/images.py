"""Convolution and pooling of images (batch, height, width, channels)."""

import numpy as np
from scipy import signal

from draw import SPECIAL, SUM, Result, done, operation


def pair(numbers):
    return f"{{ {numbers[0]}, {numbers[1]} }}"


def drawn(draw, *ranges):
    """Numbers for rows and columns, each from 0 below its range."""
    return [(draw.below(n), draw.below(n)) for n in ranges]


def correlated(image, taps, stride, padding, dilation):
    """One channel with one filter, by SciPy."""
    spread = np.zeros([dilation[i] * (taps.shape[i] - 1) + 1 for i in (0, 1)])
    spread[:: dilation[0], :: dilation[1]] = taps
    padded = np.pad(image, [(p, p) for p in padding])
    return signal.correlate2d(padded, spread, mode="valid")[:: stride[0], :: stride[1]]


def convolved(images, weights, stride, padding, dilation, groups):
    count, filters = images.shape[0], weights.shape[3]
    per_group, channels = filters // groups, weights.shape[2]
    extents = [(images.shape[1 + i] + 2 * padding[i] - dilation[i] * (weights.shape[i] - 1) - 1) // stride[i] + 1
               for i in (0, 1)]
    result = np.zeros([count, *extents, filters])
    for n in range(count):
        for k in range(filters):
            for c in range(channels):
                image = images[n, :, :, k // per_group * channels + c]
                result[n, :, :, k] += correlated(image, weights[:, :, c, k], stride, padding, dilation)
    return result


@operation("conv2d")
def _(draw):
    (kernel, padding, stride, dilation), groups = drawn(draw, 5, 3, 3, 2), 1 + draw.below(3)
    kernel, stride, dilation = [tuple(1 + n for n in p) for p in (kernel, stride, dilation)]
    if draw.below(3) == 0:
        # What most networks have, and what the fast ways of the engine are for.
        kernel, padding, stride, dilation = (3, 3), (1, 1), (1, 1), (1, 1)
    reach = [dilation[i] * (kernel[i] - 1) + 1 for i in (0, 1)]
    extents = [max(1, reach[i] - 2 * padding[i]) + draw.below(9) for i in (0, 1)]
    channels, filters = 1 + draw.below(5), groups * (1 + draw.below(5))
    if draw.below(6) == 0:
        channels, filters = 16, groups * 16
    x = draw.tensor((draw.below(4), *extents, channels * groups), extremes=[0.0, -0.0, 1e10, 1e-10])
    w = draw.tensor((*kernel, channels, filters))
    settings = (stride, padding, dilation, groups)
    value = convolved(x, w, *settings)
    scale = np.max(convolved(np.abs(x), np.abs(w), *settings), initial=0)
    text = (f"a:conv2d(b, {{ stride = {pair(stride)}, padding = {pair(padding)}, dilation = {pair(dilation)}, "
            f"groups = {groups} }})")
    # Winograd's way adds and subtracts before it multiplies: a few digits more than the terms need.
    return done(draw, text, Result(value, scale=scale), bound={"float32": 4e-6, "float64": 1e-13})


def windows(draw, extremes):
    kernel, stride = [tuple(1 + n for n in p) for p in drawn(draw, 4, 4)]
    padding = tuple(draw.below(k // 2 + 1) for k in kernel)
    extents = [max(1, kernel[i] - 2 * padding[i]) + draw.below(7) for i in (0, 1)]
    x = draw.tensor((draw.below(4), *extents, draw.below(6)), extremes=extremes)
    return x, kernel, stride, padding


def pooled(x, fill, kernel, stride, padding, function):
    padded = np.pad(x, [(0, 0), *[(p, p) for p in padding], (0, 0)], constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(1, 2))
    return function(views[:, :: stride[0], :: stride[1]], axis=(-2, -1))


@operation("max_pool2d")
def _(draw):
    x, kernel, stride, padding = windows(draw, SPECIAL)
    value = pooled(x, -np.inf, kernel, stride, padding, np.max)
    return done(draw, f"a:max_pool2d({pair(kernel)}, {{ stride = {pair(stride)}, padding = {pair(padding)} }})", value)


@operation("avg_pool2d")
def _(draw):
    x, kernel, stride, padding = windows(draw, [0.0, 1e10, -1e-10])
    counted = draw.coin()
    total = pooled(x, 0, kernel, stride, padding, np.sum)
    size = pooled(np.ones_like(x), 1 if counted else 0, kernel, stride, padding, np.sum)
    scale = np.max(pooled(np.abs(x), 0, kernel, stride, padding, np.sum) / np.maximum(size, 1), initial=0)
    text = (f"a:avg_pool2d({pair(kernel)}, {{ stride = {pair(stride)}, padding = {pair(padding)}, "
            f"count_padding = {str(counted).lower()} }})")
    with np.errstate(all="ignore"):
        return done(draw, text, Result(total / size, scale=scale), bound=SUM)
