"""Prints the environment of a process whose driver is the stand-in, for a shell to take over."""

import shlex

from standins.cuda import environment, nvrtc_library

for name, value in (environment() | {"NEXUS_NVRTC": str(nvrtc_library())}).items():
    print(f"export {name}={shlex.quote(value)}")
