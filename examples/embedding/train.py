"""Trains from Python: NIGHTJAR_LIBRARY=.../libNightjarC.so python3 train.py train.lua"""
import sys

import numpy

import nightjar

with nightjar.Runtime() as runtime:
    runtime.register("mean", lambda values: float(values.mean()))
    numbers = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    print("mean %g" % runtime.run("local nj = require 'nightjar' return nj.host.mean(... * 2)", numbers)[0])
    j1, j2, loss = runtime.run_file(sys.argv[1], 2)
    print("j1 %.17g j2 %.17g loss %.17g" % (j1, j2, loss))
