#!/bin/sh
# Prints a Python that has NumPy and SciPy, for the tests that compare with them.
exec "$(dirname "$0")/python-with.sh" numpy "import numpy, scipy.special" numpy scipy
