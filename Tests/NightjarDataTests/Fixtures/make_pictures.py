#!/usr/bin/env python3
"""Makes pictures/ with Pillow: JPEG files, an interlaced PNG file, and pictures.json with the pixels that Pillow reads of
each, in other sizes, and as grey. Run it here; needs Pillow and NumPy."""
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(__file__).parent / "pictures"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(6)
height, width = 13, 18
y, x = np.mgrid[0:height, 0:width]
waves = np.stack([127 + 120 * np.sin(x / 3 + c) * np.cos(y / (2 + c)) for c in range(3)], -1)
colours = np.clip(waves + random.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)
grey = colours[..., 0]
known = {}


def keep(name):
    pixels = np.asarray(Image.open(folder / name))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    known[name] = {"shape": list(pixels.shape), "pixels": pixels.flatten().tolist()}


Image.fromarray(colours).save(folder / "colours.jpg", quality=90, subsampling=2)
Image.fromarray(colours).save(folder / "full.jpeg", quality=95, subsampling=0)
Image.fromarray(colours).save(folder / "progressive.jpg", quality=80, progressive=True)
Image.fromarray(grey).save(folder / "grey.JPG", format="JPEG", quality=85)
Image.fromarray(colours).convert("CMYK").save(folder / "print.jpg")
for name in ("colours.jpg", "full.jpeg", "progressive.jpg", "grey.JPG"):
    keep(name)

# Adam7 of ISO/IEC 15948, section 8: first row and column of each pass, and the steps.
passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
lines = b""
for top, left, down, across in passes:
    part = colours[top::down, left::across]
    if part.size:
        lines += b"".join(b"\0" + row.tobytes() for row in part)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


(folder / "adam7.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1))
    + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))
keep("adam7.png")
assert known["adam7.png"]["pixels"] == colours.flatten().tolist()
# A header that claims 60,000 x 60,000 pixels, with data for none.
(folder / "bomb.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))

image = Image.fromarray(colours)
resized = {f"{h}x{w}": np.asarray(image.resize((w, h), Image.Resampling.BILINEAR)).flatten().tolist()
           for h, w in ((6, 7), (5, 18), (32, 32), (1, 1), (13, 40))}
(folder / "pictures.json").write_text(json.dumps({
    "images": known, "resized": resized, "grey": np.asarray(image.convert("L")).flatten().tolist()}) + "\n")
