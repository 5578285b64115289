"""Writes bars.rec: 240 images of 6 by 6 pixels with a bright row (class 0) or column (class 1) and some noise."""
import pathlib
import random
import struct

random.seed(1)
side, count = 6, 240
records = b""
for i in range(count):
    kind, place = i % 2, random.randrange(side)
    pixels = [[random.randrange(90) for _ in range(side)] for _ in range(side)]
    for j in range(side):
        row, column = (place, j) if kind == 0 else (j, place)
        pixels[row][column] = random.randrange(150, 256)
    records += bytes([kind] + [value for row in pixels for value in row])
header = b"REC1" + struct.pack("<IIII", count, 2, side, side)
pathlib.Path(__file__).with_name("bars.rec").write_bytes(header + records)
