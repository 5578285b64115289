"""Nightjar from Python, by ctypes alone: Runtime().run("return 1 + 1") gives [2]. Tensors come as NumPy arrays over the
same memory, and NumPy arrays go as tensors."""
import ctypes
import ctypes.util
import os

NAMES = {0: "nil", 1: "boolean", 2: "integer", 3: "number", 4: "string", 5: "tensor", 6: "table", 7: "other"}
DTYPES = ["float32", "float64", "int32", "uint8", "bool"]


class Options(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_int32), ("trusted", ctypes.c_int32), ("seed", ctypes.c_uint64),
                ("memory_limit", ctypes.c_uint64), ("instruction_limit", ctypes.c_uint64),
                ("working_folder", ctypes.c_char_p), ("data_folder", ctypes.c_char_p)]


class Error(RuntimeError):
    """What a script did wrong; `file` and `line` are None where they are not known."""

    def __init__(self, message, file, line):
        super().__init__(message)
        self.file, self.line = file, line or None


def _library(path=None):
    name = path or os.environ.get("NIGHTJAR_LIBRARY") or ctypes.util.find_library("NightjarC") or "libNightjarC.so"
    library = ctypes.CDLL(name)
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    for function, result, arguments in [
            ("open", pointer, [ctypes.POINTER(Options)]), ("close", None, [pointer]), ("error", ctypes.c_char_p, [pointer]),
            ("error_file", ctypes.c_char_p, [pointer]), ("error_line", ctypes.c_int32, [pointer]),
            ("run", ctypes.c_int32, [pointer, ctypes.c_char_p, ctypes.c_char_p, pointer, ctypes.POINTER(pointer)]),
            ("run_file", ctypes.c_int32, [pointer, ctypes.c_char_p, pointer, ctypes.POINTER(pointer)]),
            ("cancel", None, [pointer]), ("values_new", pointer, []), ("values_free", None, [pointer]),
            ("count", number, [pointer]), ("kind_at", ctypes.c_int, [pointer, number]),
            ("number_at", ctypes.c_double, [pointer, number]), ("integer_at", number, [pointer, number]),
            ("string_at", pointer, [pointer, number, ctypes.POINTER(ctypes.c_size_t)]),
            ("tensor_at", pointer, [pointer, pointer, number, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int32),
                                    ctypes.POINTER(number)]),
            ("list_at", pointer, [pointer, number]), ("push_nil", None, [pointer]),
            ("push_boolean", None, [pointer, ctypes.c_int32]), ("push_integer", None, [pointer, number]),
            ("push_number", None, [pointer, ctypes.c_double]),
            ("push_string", None, [pointer, ctypes.c_char_p, ctypes.c_size_t]),
            ("push_tensor", pointer, [pointer, pointer, ctypes.c_int, ctypes.c_int32, ctypes.POINTER(number)]),
            ("register", ctypes.c_int32, [pointer, ctypes.c_char_p, pointer, pointer])]:
        symbol = getattr(library, "nightjar_" + function)
        symbol.restype, symbol.argtypes = result, arguments
    return library


class _Values:
    """A list of values, released when nobody looks at it any more."""

    def __init__(self, library, pointer):
        self.library, self.pointer = library, pointer

    def __del__(self):
        self.library.nightjar_values_free(self.pointer)


class Runtime:
    """Scripts run in it; one thread at a time. `cancel` may be called from another."""

    FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

    def __init__(self, library=None, **options):
        self._library = _library(library)
        for name in ("working_folder", "data_folder"):
            if name in options:
                options[name] = os.fsencode(options[name])
        self._runtime = self._library.nightjar_open(ctypes.byref(Options(**options)))
        self._functions = []
        if not self._runtime:
            raise Error(self._library.nightjar_error(None).decode(), None, None)

    def close(self):
        if self._runtime:
            self._library.nightjar_close(self._runtime)
        self._runtime = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def cancel(self):
        self._library.nightjar_cancel(self._runtime)

    def run(self, text, *arguments, name="script.lua"):
        return self._call(self._library.nightjar_run, text.encode(), name.encode(), arguments=arguments)

    def run_file(self, path, *arguments):
        return self._call(self._library.nightjar_run_file, os.fsencode(path), arguments=arguments)

    def register(self, name, function):
        """Scripts call it as nj.host.name(...); it gets values and returns one, or a tuple of them."""
        def called(_, arguments, results):
            try:
                answer = function(*self._read(_Borrowed(self._library, arguments)))
                for value in answer if isinstance(answer, tuple) else (answer,):
                    self._push(results, value)
                return 0
            except Exception as error:
                text = f"{type(error).__name__}: {error}".encode()
                self._library.nightjar_push_string(results, text, len(text))
                return 1
        pointer = Runtime.FUNCTION(called)
        self._functions.append(pointer)
        if self._library.nightjar_register(self._runtime, name.encode(), ctypes.cast(pointer, ctypes.c_void_p), None):
            raise self._error()

    def _error(self):
        file = self._library.nightjar_error_file(self._runtime)
        return Error(self._library.nightjar_error(self._runtime).decode(), file and file.decode(),
                     self._library.nightjar_error_line(self._runtime))

    def _call(self, function, *words, arguments):
        given = _Values(self._library, self._library.nightjar_values_new())
        for value in arguments:
            self._push(given.pointer, value)
        results = ctypes.c_void_p()
        if function(self._runtime, *words, given.pointer, ctypes.byref(results)):
            raise self._error()
        return self._read(_Values(self._library, results.value))

    def _push(self, values, value):
        library = self._library
        if value is None:
            library.nightjar_push_nil(values)
        elif isinstance(value, bool):
            library.nightjar_push_boolean(values, value)
        elif isinstance(value, int):
            library.nightjar_push_integer(values, value)
        elif isinstance(value, float):
            library.nightjar_push_number(values, value)
        elif isinstance(value, str):
            text = value.encode()
            library.nightjar_push_string(values, text, len(text))
        elif hasattr(value, "__array__"):
            import numpy
            array = numpy.asarray(value)
            if array.dtype.name not in DTYPES:
                raise TypeError(f"no tensor has elements of type {array.dtype}: one of {', '.join(DTYPES)}")
            extents = (ctypes.c_int64 * max(array.ndim, 1))(*array.shape)
            memory = library.nightjar_push_tensor(self._runtime, values, DTYPES.index(array.dtype.name), array.ndim, extents)
            if not memory:
                raise self._error()
            target = numpy.ctypeslib.as_array((ctypes.c_uint8 * max(array.nbytes, 1)).from_address(memory))
            target[:array.nbytes] = numpy.ascontiguousarray(array).view(numpy.uint8).reshape(-1)
        else:
            raise TypeError(f"{type(value).__name__} cannot go to a script: numbers, texts, booleans, None and arrays can")

    def _read(self, values):
        library, found = self._library, []
        for index in range(library.nightjar_count(values.pointer)):
            kind = NAMES[library.nightjar_kind_at(values.pointer, index)]
            if kind == "boolean":
                found.append(library.nightjar_integer_at(values.pointer, index) != 0)
            elif kind == "integer":
                found.append(library.nightjar_integer_at(values.pointer, index))
            elif kind == "number":
                found.append(library.nightjar_number_at(values.pointer, index))
            elif kind == "string":
                length = ctypes.c_size_t()
                text = library.nightjar_string_at(values.pointer, index, ctypes.byref(length))
                found.append(ctypes.string_at(text, length.value).decode())
            elif kind == "tensor":
                found.append(self._array(values, index))
            elif kind == "table":
                found.append(self._read(_Values(library, library.nightjar_list_at(values.pointer, index))))
            else:
                found.append(None)
        return found

    def _array(self, values, index):
        import numpy
        dtype, rank, extents = ctypes.c_int(), ctypes.c_int32(), (ctypes.c_int64 * 8)()
        memory = self._library.nightjar_tensor_at(self._runtime, values.pointer, index, ctypes.byref(dtype),
                                                  ctypes.byref(rank), extents)
        if not memory:
            raise self._error()
        shape, kind = tuple(extents[:rank.value]), numpy.dtype(DTYPES[dtype.value])
        size = int(numpy.prod(shape, dtype=numpy.int64)) * kind.itemsize
        raw = (ctypes.c_uint8 * max(size, 1)).from_address(memory)
        raw._values = values  # keeps the memory: the array refers to it
        array = numpy.frombuffer(raw, kind, size // kind.itemsize).reshape(shape)
        array.flags.writeable = False
        return array


class _Borrowed:
    """Values that belong to the caller."""

    def __init__(self, library, pointer):
        self.library, self.pointer = library, pointer
