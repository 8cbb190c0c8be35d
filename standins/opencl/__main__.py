"""Print shell commands that set the environment for processes on the named OpenCL drivers.

Without a name, print the drivers that the loader finds in this environment.
"""

import shlex
import sys

from standins.opencl import NoDriverError, drivers, environment

try:
    settings = environment(*sys.argv[1:]) if sys.argv[1:] else {}
except NoDriverError as error:
    sys.exit(str(error))
for name, value in settings.items():
    print(f"export {name}={shlex.quote(value)}")
if not settings:
    for driver in drivers():
        print(*driver)
