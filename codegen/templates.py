"""Where the parts of the generated C sources lie that are written by hand."""

from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent
# The table of function pointers, which both extension modules read.
STRUCT = TEMPLATES / "plugin_struct.c"
