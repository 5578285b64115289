"""The frozen flips of plugins/noise/tests/noise.lua: uniform noise of rate 0.4 on twenty labels 1 of 10 classes, seed 0.

    python3 Tests/Golden/uniform_noise.py

Plain Python on the generator of random_stream.py, which is checked against published known answers.
"""
import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()):
    from random_stream import stream, uniform

noise = stream(0, "noise")
choose, draw = stream(noise, "choose"), stream(noise, "class")
labels = []
for i in range(20):
    label = 1
    if uniform(choose, i) < 0.4:
        other = 1 + int(uniform(draw, i) * 9)
        label = other if other < 1 else other + 1
    labels.append(label)
print(labels)
