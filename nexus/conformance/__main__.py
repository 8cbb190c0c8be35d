"""``python -m nexus.conformance`` is ``nexus conformance``."""

import argparse
import sys

from nexus.conformance.command_line import main
from nexus.conformance.options import add_arguments

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="nexus conformance")
    add_arguments(parser)
    sys.exit(main(parser.parse_args()))
