"""Six small images after mixup and CutMix, in two epochs, as golden.lua beside this file.

Written from the papers and from the description of random streams, with NumPy and Python's integers alone: nothing here
comes from Nightjar. Numbers of the normal and the gamma distribution are those of Box and Muller and of Marsaglia and
Tsang.

Usage: python golden.py        Needs: pip install numpy
"""
import contextlib
import io
import math
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "Tests" / "Golden"))
with contextlib.redirect_stdout(io.StringIO()):
    import random_stream as rs

COUNT, HEIGHT, WIDTH, CLASSES, SEED = 6, 4, 5, 3, 5
INPUTS = np.array([[[[100 * n + 10 * y + x] for x in range(WIDTH)] for y in range(HEIGHT)] for n in range(COUNT)], float)
LABELS = np.eye(CLASSES)[[n % CLASSES for n in range(COUNT)]]


def derive(key, part):
    return rs.absorb(key, rs.fnv1a(part) if isinstance(part, str) else rs.mix((part + rs.GOLDEN) & rs.M64))


def log_gamma_draw(key, alpha):
    boost = math.log(1 - rs.uniform(key, 0)) / alpha if alpha < 1 else 0.0
    d = (alpha + 1 if alpha < 1 else alpha) - 1 / 3
    c = 1 / math.sqrt(9 * d)
    element = 1
    while True:
        x = rs.normal(key, element)
        v = (1 + c * x) ** 3
        if v > 0 and math.log(1 - rs.uniform(key, element + 1)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return math.log(d) + math.log(v) + boost
        element += 2


def beta_draw(key, alpha):
    first, second = log_gamma_draw(derive(key, 0), alpha), log_gamma_draw(derive(key, 1), alpha)
    return 1 / (1 + math.exp(second - first))


def cut(epoch, sample, size=3, value=-3.0):
    """Cutout's square, of every other image or so."""
    key = derive(rs.stream(SEED, "augmentation/1/cutout", epoch), "draw")
    is_changed, y, x = (rs.uniform(derive(derive(key, call), sample + 1), 0) for call in (1, 2, 3))
    image = INPUTS[sample].copy()
    if is_changed < 0.6:
        top, left = int(y * HEIGHT) - size // 2, int(x * WIDTH) - size // 2
        image[max(top, 0):top + size, max(left, 0):left + size] = value
    return None, image, LABELS[sample]


def mixed(name, epoch, sample, alpha):
    if name == "cutout":
        return cut(epoch, sample)
    stream = rs.stream(SEED, f"augmentation/1/{name}", epoch)
    partner = rs.below(derive(stream, "partner"), COUNT, sample)

    def draw(call):
        return derive(derive(derive(stream, "draw"), call), sample + 1)

    share = beta_draw(draw(1), alpha)
    if name == "mixup":
        return (partner, share * INPUTS[sample] + (1 - share) * INPUTS[partner],
                share * LABELS[sample] + (1 - share) * LABELS[partner])
    image = INPUTS[sample].copy()
    side = math.sqrt(1 - share)

    def ends(call, extent):
        centre, half = int(rs.uniform(draw(call), 0) * extent), int(side * extent) // 2
        return max(centre - half, 0), min(centre + half, extent)

    (top, bottom), (left, right) = ends(3, HEIGHT), ends(4, WIDTH)
    image[top:bottom, left:right] = INPUTS[partner][top:bottom, left:right]
    share = 1 - (bottom - top) * (right - left) / (HEIGHT * WIDTH)
    return partner, image, share * LABELS[sample] + (1 - share) * LABELS[partner]


def lua(values):
    return "{ " + ", ".join(format(v, ".10g") for v in np.ravel(values)) + " }"


lines = ["-- Made by golden.py beside this file.", "return {"]
for name, alpha in (("mixup", 0.4), ("cutmix", 1.0), ("cutout", None)):
    lines.append(f"  {name} = {{")
    for epoch in (1, 2):
        lines.append("    {")
        for sample in range(COUNT):
            partner, image, labels = mixed(name, epoch, sample, alpha)
            rows = [lua(row) for row in image.reshape(HEIGHT, WIDTH)]
            known = "" if partner is None else f"partner = {partner + 1}, "
            lines.append(f"      {{ {known}labels = {lua(labels)},")
            lines.append("        image = { " + rows[0][2:-2] + ",")
            lines += [f"          {row[2:-2]}," for row in rows[1:]]
            lines.append("        } },")
        lines.append("    },")
    lines.append("  },")
lines.append("}")
(HERE / "golden.lua").write_text("\n".join(lines) + "\n")
