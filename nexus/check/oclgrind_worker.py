"""Launches the kernels of a request once on the first device of OpenCL.

Reads the request as JSON from standard input, like the worker of the check itself.
"""

from __future__ import annotations

import json
import sys

from nexus.check.check_worker import Request, arguments_of


def main() -> None:
    """Launch the kernels of the request with its arguments."""
    request: Request = json.load(sys.stdin)
    import nexus

    runtime = nexus.get_runtime("opencl")
    if not runtime.get_devices():
        sys.exit(str(runtime.properties().get("Message")))
    device = runtime.get_device(0)
    with device.load_library(request["source"]) as library:
        names = request["kernels"] or [kernel.name for kernel in library.get_kernels()]
        for name in names:
            kernel = library.get_kernel(name)
            values = arguments_of(request, kernel)
            given = [
                value[0] if argument.kind == "scalar" else device.create_buffer(value)
                for argument, value in zip(kernel.arguments, values, strict=True)
            ]
            kernel(
                *given,
                group_size=tuple(request["group"]),
                grid_size=tuple(request["grid"]),
                shared_memory_size=request["shared"],
            )
