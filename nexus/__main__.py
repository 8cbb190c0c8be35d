"""``python -m nexus`` is the command ``nexus``."""

import sys

from nexus.cli import main

sys.exit(main())
