"""Print shell commands that set the environment for processes on the stand-in."""

import shlex

from standins.hip import environment

for name, value in environment().items():
    print(f"export {name}={shlex.quote(value)}")
