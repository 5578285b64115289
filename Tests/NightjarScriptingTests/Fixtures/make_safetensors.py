"""Makes foreign.safetensors: element types that tensors do not have. Needs numpy, ml_dtypes and safetensors:

    python3 make_safetensors.py
"""
import pathlib

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "half": np.array([0.5, -65504], dtype=np.float16),
        "brain": np.array([1.5, -2], dtype=ml_dtypes.bfloat16),
        "long": np.array([[-5], [7]], dtype=np.int64),
        "short": np.array([-128, 127], dtype=np.int8),
        "count": np.array([2147483647], dtype=np.uint32),
        "mask": np.array([True, False]),
    },
    pathlib.Path(__file__).parent / "foreign.safetensors",
    metadata={"source": "Python"},
)
