"""Operations of RandAugment on a small image by the Python Imaging Library, as pillow.lua beside this file.

Usage: python pillow.py        Needs: pip install numpy pillow
"""
import colorsys
import pathlib

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
rng = np.random.default_rng(3)
EXTENT = 10
smooth = np.add.outer(np.arange(EXTENT) * 9, np.arange(EXTENT) * 11)[..., None] + np.array([5, 30, 55])
pixels = np.clip(smooth + rng.integers(-30, 30, (EXTENT, EXTENT, 3)), 8, 247).astype(np.uint8)
image = Image.fromarray(pixels)


def affine(*matrix):
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)


def shear(factor, is_x):
    # As the code of AutoAugment, torchvision and timm have it: about the upper left corner.
    return affine(1, factor, 0, 0, 1, 0) if is_x else affine(1, 0, 0, factor, 1, 0)


def hue(share):
    rows = [colorsys.rgb_to_hsv(*(p / 255)) for p in pixels.reshape(-1, 3)]
    return np.array([colorsys.hsv_to_rgb((h + share) % 1, s, v) for h, s, v in rows]).reshape(pixels.shape) * 255


# name: (argument, result, how far the library's rounding may lie)
cases = [
    ("brightness", 1.6, ImageEnhance.Brightness(image).enhance(1.6), 1.01),
    ("brightness", 0.3, ImageEnhance.Brightness(image).enhance(0.3), 1.01),
    ("contrast", 1.7, ImageEnhance.Contrast(image).enhance(1.7), 1.6),
    ("contrast", 0.2, ImageEnhance.Contrast(image).enhance(0.2), 1.6),
    ("saturation", 1.5, ImageEnhance.Color(image).enhance(1.5), 1.6),
    ("saturation", 0, ImageEnhance.Color(image).enhance(0), 1.01),
    ("sharpness", 1.9, ImageEnhance.Sharpness(image).enhance(1.9), 1.6),
    ("sharpness", 0.1, ImageEnhance.Sharpness(image).enhance(0.1), 1.6),
    ("solarize", 128, ImageOps.solarize(image, 128), 0),
    ("posterize", 3, ImageOps.posterize(image, 3), 0),
    ("posterize", 8, ImageOps.posterize(image, 8), 0),
    ("autocontrast", None, ImageOps.autocontrast(image), 1.01),
    ("equalize", None, ImageOps.equalize(image), 0),
    ("rotate", 17, image.rotate(17), 0),
    ("rotate", -30, image.rotate(-30), 0),
    ("shear_x", 0.27, shear(0.27, True), 0),
    ("shear_y", -0.23, shear(-0.23, False), 0),
    ("translate_x", 3, affine(1, 0, 3, 0, 1, 0), 0),
    ("translate_y", -2, affine(1, 0, 0, 0, 1, -2), 0),
    ("hue", 0.1, hue(0.1), 1e-3),
    ("hue", -0.4, hue(-0.4), 1e-3),
]


def lua(values):
    return "{ " + ", ".join(format(float(v), ".8g") for v in np.ravel(values)) + " }"


def wrapped(line, width=118):
    """Long lines broken at commas."""
    while len(line) > width:
        at = line.rfind(", ", 0, width) + 1
        yield line[:at]
        line = "    " + line[at + 1:]
    yield line


lines = ["-- Made by pillow.py beside this file.", "return {", f"  extent = {EXTENT},", f"  pixels = {lua(pixels)},"]
for name, argument, result, tolerance in cases:
    value = "" if argument is None else f"value = {argument}, "
    lines.append(f'  {{ name = "{name}", {value}tolerance = {tolerance}, pixels = {lua(result)} }},')
lines.append("}")
(HERE / "pillow.lua").write_text("\n".join(piece for line in lines for piece in wrapped(line)) + "\n")
