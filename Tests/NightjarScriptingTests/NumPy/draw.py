"""What cases are made of: random shapes, values and arguments, results with their bounds."""

import numpy as np

# Of an elementary function: 2 ulp in float32; in float64 those of the C library, within 1e-12 by far.
ELEMENTARY = {"float32": 2.4e-7, "float64": 4e-15}
# Of a sum, relative to its terms, and of a few operations in a row.
SUM = {"float32": 1e-6, "float64": 1e-13}
FEW = {"float32": 2e-6, "float64": 1e-13}
# Of matrices, relative to condition and size.
MATRIX = {"float32": 1e-5, "float64": 1e-12}

# Operations on floating numbers and int32.
ALL = ("float32", "float64", "int32")

OPERATIONS = {}


def operation(name, *dtypes):
    def register(make):
        OPERATIONS[name] = (make, dtypes or ("float32", "float64"))
        return make

    return register


class Draw:
    """Everything random about one case."""

    def __init__(self, rng, dtype):
        self.rng, self.dtype = rng, dtype
        self.inputs = []

    def below(self, bound):
        return int(self.rng.integers(bound))

    def coin(self):
        return self.below(2) == 0

    def shape(self, least=0, most=5, zeros=True):
        rank = least + self.below(most - least + 1)
        extents = [0, 1, 1, 2, 3, 4, 7] if zeros and self.below(4) == 0 else [1, 1, 2, 3, 4, 7]
        shape = [int(self.rng.choice(extents)) for _ in range(rank)]
        while np.prod(shape) > 600:
            shape[int(np.argmax(shape))] = 1
        return tuple(shape)

    def partner(self, shape):
        """A shape that broadcasts with this one, by Nightjar's rule."""
        kind = self.below(5)
        if kind == 0:
            return shape
        if kind == 1:
            return ()
        if kind == 2:
            return shape[self.below(len(shape) + 1):]
        return tuple(1 if self.below(3) == 0 else n for n in shape)

    def values(self, shape, low=-3.0, high=3.0, extremes=(), dtype=None):
        dtype = dtype or self.dtype
        if dtype == "int32":
            x = self.rng.integers(-9, 10, size=shape)
        elif self.below(3) == 0:
            # Few different values, so that equals meet.
            x = np.round(self.rng.uniform(low, high, size=shape))
            x = np.clip(x, low, high)
        else:
            x = self.rng.uniform(low, high, size=shape)
        x = np.array(x, dtype=dtype)
        if len(extremes) and x.size and dtype != "int32" and self.below(3) == 0:
            mask = self.rng.random(size=shape) < 0.3
            x = np.where(mask, self.rng.choice(np.array(extremes, dtype="float64"), size=shape), x)
            with np.errstate(over="ignore"):
                x = np.array(x, dtype=dtype)
        return x

    def tensor(self, *arguments, **options):
        return self.give(self.values(*arguments, **options))

    def give(self, x):
        """Makes an array an input, and returns it as float64 (whole numbers stay)."""
        self.inputs.append(x)
        return x.astype("float64") if x.dtype.kind == "f" else x

    def axis(self, shape):
        """A dimension as NumPy and as scripts count it."""
        axis = self.below(len(shape))
        return axis, axis + 1 if self.coin() else axis - len(shape)

    def axes(self, shape):
        """A set of dimensions as NumPy wants it, and the script's argument ("" for all)."""
        if self.below(4) == 0 or not shape:
            return tuple(range(len(shape))), "nil"
        if self.coin():
            axis, counted = self.axis(shape)
            return (axis,), str(counted)
        chosen = [axis for axis in range(len(shape)) if self.coin()] or [self.below(len(shape))]
        order = self.rng.permutation(chosen)
        return tuple(chosen), "{ " + ", ".join(str(int(axis) + 1) for axis in order) + " }"

    def ints(self, shape, low, high):
        return self.give(self.rng.integers(low, high, size=shape).astype("int32"))


class OutOfRange(Exception):
    """The exact result does not fit into the type: an error there, which other tests are about."""


def fitting(value, dtype):
    """The value, where every number fits into a type of whole numbers."""
    if dtype in ("int32", "uint8"):
        low, high = (-(2**31), 2**31 - 1) if dtype == "int32" else (0, 255)
        value = np.asarray(value)
        if value.size and not np.all((value > low - 1) & (value < high + 1)):
            raise OutOfRange
    return value


class Result:
    def __init__(self, value, scale=0.0, dtype=None):
        self.value, self.scale, self.dtype = np.asarray(value), float(scale), dtype


def done(draw, expression, *results, bound=ELEMENTARY):
    with np.errstate(all="ignore"):
        tensors = []
        for result in results:
            result = result if isinstance(result, Result) else Result(result)
            dtype = result.dtype or draw.dtype
            tensors.append((np.asarray(result.value).astype(dtype), result.scale))
    return expression, draw.inputs, tensors, bound[draw.dtype] if draw.dtype in bound else 0.0


EVERYTHING = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, -1e-40, 1e-38, 3e38, -1e300, 1e30, 88.0, -104.0, 1.0, -1.0]
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan]
# Numbers whose squares and small sums stay in range.
BROAD = [0.0, -0.0, 1e-18, -1e18, 1e10, -1e-10]


def listed(numbers):
    return "{ " + ", ".join(str(int(n)) for n in numbers) + " }"
