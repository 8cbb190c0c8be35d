"""Real OpenCL drivers for tests: Intel's for CPUs, PoCL and Oclgrind. See README.md.

>>> from standins.opencl import environment  # doctest: +SKIP
>>> run_python(program, **environment("intel", "pocl"))  # doctest: +SKIP
"""

from .control import Layer
from .installation import NoDriverError, environment, installed, register
from .known import known_failures
from .layer_build import LAYER_SOURCES, build_layer
from .platforms import Driver, drivers

__all__ = [
    "LAYER_SOURCES",
    "Driver",
    "Layer",
    "NoDriverError",
    "build_layer",
    "drivers",
    "environment",
    "installed",
    "known_failures",
    "register",
]
