"""Print shell commands that set the environment for processes on the stand-in."""

import shlex

from standins.cuda import environment, nvrtc_library

for name, value in (environment() | {"NEXUS_NVRTC": str(nvrtc_library())}).items():
    print(f"export {name}={shlex.quote(value)}")
