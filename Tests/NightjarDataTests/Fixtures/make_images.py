#!/usr/bin/env python3
"""Makes images/ with Pillow: small images of every kind of PNG and of Netpbm, and images.json with their pixels as
Pillow reads them (without transparency). Run it here; needs Pillow and NumPy."""
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(__file__).parent / "images"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(5)
height, width = 5, 7
grey = random.integers(0, 256, (height, width), dtype=np.uint8)
colours = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
alpha = random.integers(0, 256, (height, width, 1), dtype=np.uint8)
known = {}


def keep(name, pixels):
    known[name] = {"shape": list(pixels.shape), "pixels": pixels.flatten().tolist()}


def save(name, image, pixels):
    image.save(folder / name)
    keep(name, pixels)


save("grey.png", Image.fromarray(grey), grey[..., None])
save("rgb.png", Image.fromarray(colours), colours)
save("rgba.png", Image.fromarray(np.concatenate([colours, alpha], -1)), colours)
save("grey_alpha.png", Image.fromarray(np.concatenate([grey[..., None], alpha], -1), "LA"), grey[..., None])
bits = Image.fromarray(grey).point(lambda v: 255 * (v > 127)).convert("1")
save("one_bit.png", bits, np.asarray(bits.convert("L"))[..., None])
palette = Image.fromarray(colours).convert("P", palette=Image.Palette.ADAPTIVE, colors=11)
save("palette.png", palette, np.asarray(palette.convert("RGB")))
wide = random.integers(0, 65536, (height, width), dtype=np.uint16)
save("grey16.png", Image.fromarray(wide), (wide >> 8).astype(np.uint8)[..., None])
save("grey.pgm", Image.fromarray(grey), grey[..., None])
save("rgb.ppm", Image.fromarray(colours), colours)


# Every filter, line by line, which encoders rarely use all of.
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def filtered(pixels):
    rows = pixels.reshape(height, -1).astype(int)
    step, lines = 3, b""
    for y, row in enumerate(rows):
        up = rows[y - 1] if y else np.zeros_like(row)
        left = np.concatenate([np.zeros(step, int), row[:-step]])
        corner = np.concatenate([np.zeros(step, int), up[:-step]])
        base = left + up - corner
        a, b, c = abs(base - left), abs(base - up), abs(base - corner)
        paeth = np.where((a <= b) & (a <= c), left, np.where(b <= c, up, corner))
        guess = [0 * row, left, up, (left + up) // 2, paeth][y % 5]
        lines += bytes([y % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes()
    return lines


header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
(folder / "filters.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(filtered(colours))) + chunk(b"IEND", b""))
assert (np.asarray(Image.open(folder / "filters.png")) == colours).all()
keep("filters.png", colours)
(folder / "images.json").write_text(json.dumps(known, indent=1) + "\n")
