"""Generates the Python binding from the C headers.

``python build_ffi.py`` rewrites the generated files that are committed, ``nexus/_enums.py``,
``nexus/_ffi.pyi`` and ``include/nexus/detail/abi_names.hpp``; with ``--check`` it prints how they
differ instead. ``--headers DIR --out DIR`` generates those three and the C sources of the extension
modules, ``_ffi.c`` and ``_core.c``, from other headers; ``_core.c`` only where these declare what
its hand-written part uses. ``--headers OLD --compare NEW`` prints what has changed between two
revisions of them.

The work is done in ``codegen/``, whose README describes it.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from codegen.api import Api
from codegen.c.header_tree import HeaderError
from codegen.changes import compare
from codegen.core_needs import lacking
from codegen.core_source import core_source
from codegen.cpp_names_source import cpp_names_source
from codegen.enums_source import enums_source
from codegen.extension_source import emit_c_source
from codegen.headers import read_headers
from codegen.stub_source import stub_source

ROOT = Path(__file__).resolve().parent
# Where the generated files are committed.
PLACES = {
    "_enums.py": ROOT / "nexus",
    "_ffi.pyi": ROOT / "nexus",
    "abi_names.hpp": ROOT / "include" / "nexus" / "detail",
}


def committed_files(api: Api) -> dict[str, str]:
    """Return the text of each generated file that is committed, by its name."""
    return {
        "_enums.py": enums_source(api),
        "_ffi.pyi": stub_source(api),
        "abi_names.hpp": cpp_names_source(api),
    }


def _differences(files: dict[Path, str]) -> str:
    diff = ""
    for path, text in files.items():
        old = path.read_text("utf-8") if path.exists() else ""
        lines = old.splitlines(keepends=True), text.splitlines(keepends=True)
        diff += "".join(difflib.unified_diff(*lines, str(path), f"{path} (generated)"))
    return diff


def _report_left_out(api: Api, verbose: bool) -> None:
    """Say what Python cannot express, or only how much it is."""
    count = len(api.left_out)
    if verbose:
        print(*api.left_out, sep="\n", end="\n" if count else "", file=sys.stderr)
    elif count:
        print(f"{count} left out, which --verbose lists", file=sys.stderr)


def _emit_core(api: Api, path: Path, verbose: bool) -> None:
    """Write the source of ``nexus._core``, or say why it cannot be."""
    reasons = lacking(api, read_headers(ROOT / "include"))
    if not reasons:
        path.write_text(core_source(api), "utf-8")
    elif verbose:
        print(*(f"no {path.name}: {reason}" for reason in reasons), sep="\n", file=sys.stderr)
    else:
        print(f"no {path.name}; --verbose lists the {len(reasons)} reasons", file=sys.stderr)


def _compare(old: Api, new: Api) -> int:
    """Print what has changed; return 1 if plugins of the old headers break."""
    changes = compare(old, new)
    for change in changes:
        print(change)
    return int(any(change.breaks for change in changes))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Generate the Python binding from the C headers.")
    parser.add_argument("--check", action="store_true", help="only print how the files differ")
    parser.add_argument(
        "--headers",
        type=Path,
        default=ROOT / "include",
        metavar="DIR",
        help="folder of the headers, or the header that includes all others (default: include)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write all, also _ffi.c and _core.c, here"
    )
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="DIR",
        help="print what has changed from --headers to these; exit status 1 if plugins break",
    )
    parser.add_argument("--verbose", action="store_true", help="list what Python cannot express")
    options = parser.parse_args(arguments)
    try:
        api = read_headers(options.headers)
        newer = read_headers(options.compare) if options.compare else None
    except HeaderError as error:
        print(error, file=sys.stderr)
        return 1
    _report_left_out(api, options.verbose)
    if newer is not None:
        return _compare(api, newer)
    files = {
        (options.out or PLACES[name]) / name: text for name, text in committed_files(api).items()
    }
    if options.check:
        diff = _differences(files)
        sys.stdout.write(diff)
        return 1 if diff else 0
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if options.out:
        emit_c_source(api, options.out / "_ffi.c")
        _emit_core(api, options.out / "_core.c", options.verbose)
    return 0


if __name__ == "__main__":
    sys.exit(main())
