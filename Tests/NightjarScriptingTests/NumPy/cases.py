"""Random cases for every operation that scripts have, with what NumPy and SciPy say.

usage: cases.py FILE COUNT SEED

A case is an expression in Lua on tensors a, b, c, ..., those tensors, and the expected results, which are worked out in
float64 from the tensors as they are. Results agree when |got - expected| <= bound * max(|expected|, scale): `scale` is
what the terms of a sum amount to, so that cancellation counts as what it is; 0 where each element stands alone.

The file holds, per case: operation, expression, bound (f64), the tensors, the results; texts and lists with their length
(u32) in front; a tensor as type (u8), rank (u8), extents (u32), [scale (f64) for results], elements.
"""

import struct
import sys

import numpy as np

# Each registers its operations.
import elementwise, functions, reductions, order, matrices, shapes, images, making  # noqa: E401, F401
from draw import OPERATIONS, Draw, OutOfRange

TYPES = {"float32": 0, "float64": 1, "int32": 2, "uint8": 3, "bool": 4}


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def tensor(array, scale=None):
    array = np.ascontiguousarray(array) if array.ndim else array
    head = struct.pack("<BB", TYPES[array.dtype.name], array.ndim) + struct.pack(f"<{array.ndim}I", *array.shape)
    return head + (b"" if scale is None else struct.pack("<d", scale)) + array.tobytes()


def main(path, count, seed):
    with open(path, "wb") as file:
        for number, (name, (make, dtypes)) in enumerate(OPERATIONS.items()):
            for index in range(count * len(dtypes)):
                rng = np.random.default_rng([seed, number, index])
                while True:
                    try:
                        with np.errstate(all="ignore"):
                            expression, inputs, results, bound = make(Draw(rng, dtypes[index % len(dtypes)]))
                        break
                    except OutOfRange:
                        continue
                file.write(text(name) + text(expression) + struct.pack("<d", bound))
                file.write(struct.pack("<I", len(inputs)) + b"".join(tensor(x) for x in inputs))
                file.write(struct.pack("<I", len(results)) + b"".join(tensor(x, s) for x, s in results))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
