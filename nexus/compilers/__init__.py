"""Compilers of devices' languages that work without the device.

==================  ==============================================================================
module              what it compiles
==================  ==============================================================================
`nvrtc`             CUDA C++, to a cubin or PTX, by NVIDIA's compiler library
`hiprtc`            HIP, to a code object, by AMD's compiler library
`cpu_levels`        C with ``nxs_kernel.h``, for a level of a CPU's architecture
`device_clang`      OpenCL C, HIP, Metal's language, by Clang: finds errors, makes no code
==================  ==============================================================================

All of them find ``nexus-api/nxs_kernel.h``.
"""

from nexus.compilers.compile_error import CompileError, CompilerNotFoundError

__all__ = ["CompileError", "CompilerNotFoundError"]
