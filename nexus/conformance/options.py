"""Options of ``nexus conformance``; imported by every use of ``nexus``."""

from __future__ import annotations

import argparse

PROFILES = ("core", "full")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options to the command's parser."""
    add = parser.add_argument
    add("plugin", nargs="?", help="path of the plugin")
    add("--list", action="store_true", help="list the checks and exit")
    add("--profile", choices=PROFILES, default="full", help="core: optional functions are absent")
    add("--only", action="append", default=[], metavar="ID", help="a check or group, repeatable")
    add("--kernels", metavar="DIR", help="a manifest of kernels for this plugin")
    add("--known-failures", metavar="FILE", help="lines of the form ID: REASON")
    add("--sanitize", metavar="LIST", default="", help="address, undefined, thread")
    add("--no-fork", action="store_true", help="start each worker by exec: slow, for GPU drivers")
    add("--fuzz-examples", type=int, metavar="N", help="0 for none; by default 500, 0 with --only")
    add("--seed", type=int, metavar="N", help="makes fuzzing repeatable")
    add("--json", metavar="FILE", help="write the report as JSON")
    add("--html", metavar="FILE", help="write the report as an HTML page")
    add("--emit-c", metavar="FILE", help="write the first failure as a C program")
    add("--replay", metavar="FILE", help="make the calls of a report's failures again")
