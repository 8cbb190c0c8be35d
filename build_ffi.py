"""Generates the Python binding from the C headers.

``python build_ffi.py`` rewrites the generated files that are committed, ``nexus/_enums.py`` and
``nexus/_ffi.pyi``; with ``--check`` it prints how they differ instead. ``--headers DIR --out DIR``
generates those two and the C source of the extension module, ``_ffi.c``, from other headers.

The work is done in ``codegen/``, whose README describes it.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from codegen.api import Api
from codegen.enums_source import enums_source
from codegen.extension_source import emit_c_source
from codegen.headers import read_headers
from codegen.preprocess import HeaderError
from codegen.stub_source import stub_source

ROOT = Path(__file__).resolve().parent


def committed_files(api: Api) -> dict[str, str]:
    """Return the text of each generated file that is committed, by its name in the package."""
    return {"_enums.py": enums_source(api), "_ffi.pyi": stub_source(api)}


def _differences(files: dict[str, str], folder: Path) -> str:
    diff = ""
    for name, text in files.items():
        path = folder / name
        old = path.read_text("utf-8") if path.exists() else ""
        lines = old.splitlines(keepends=True), text.splitlines(keepends=True)
        diff += "".join(difflib.unified_diff(*lines, str(path), f"{path} (generated)"))
    return diff


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Generate the Python binding from the C headers.")
    parser.add_argument("--check", action="store_true", help="only print how the files differ")
    parser.add_argument("--headers", type=Path, default=ROOT / "include", metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write all, also _ffi.c, here")
    options = parser.parse_args(arguments)
    try:
        api = read_headers(options.headers)
    except HeaderError as error:
        print(error, file=sys.stderr)
        return 1
    folder = options.out or ROOT / "nexus"
    files = committed_files(api)
    if options.check:
        diff = _differences(files, folder)
        sys.stdout.write(diff)
        return 1 if diff else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    if options.out:
        emit_c_source(api, folder / "_ffi.c")
    return 0


if __name__ == "__main__":
    sys.exit(main())
