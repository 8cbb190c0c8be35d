"""Libraries that are loaded from files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nexus.conformance.checks.support.subjects import refused
from nexus.conformance.harness.call_arguments import CString
from nexus.conformance.harness.kit import Kit, NotApplicable
from nexus.conformance.harness.registry import check

# An image is compiled or loaded, so these calls get more time.
_PATIENCE = 60.0


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@contextmanager
def _file(kit: Kit) -> Iterator[Path]:
    """Write the image to a file in its own folder."""
    image = kit.image()
    try:
        name = Path(kit.image_path()).name
    except NotApplicable:
        name = "image"
    with _folder() as folder:
        (folder / name).write_bytes(image)
        yield folder / name


@check(
    "library.from_file", "A library can be loaded from a file.", function="CreateLibraryFromFile"
)
def from_file(kit: Kit) -> None:
    with _file(kit) as path:
        library = kit.ok("CreateLibraryFromFile", 0, str(path), 0, timeout=_PATIENCE)
    kit.ok("GetKernel", library, kit.kernel_name("add"))
    kit.ok("ReleaseLibrary", library)


@check(
    "library.missing_file",
    "A path without a file is InvalidValue.",
    function="CreateLibraryFromFile",
)
def missing_file(kit: Kit) -> None:
    with _folder() as folder:
        for path in (folder / "missing", folder / "missing.c", folder / "a" / "b", "x" * 5000):
            refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, str(path), 0)


@check(
    "library.null_path",
    "A path that is NULL or empty is InvalidValue.",
    function="CreateLibraryFromFile",
)
def null_path(kit: Kit) -> None:
    refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, None, 0)
    refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, "", 0)


@check("library.directory", "A folder is InvalidValue.", function="CreateLibraryFromFile")
def directory(kit: Kit) -> None:
    with _folder() as folder:
        (folder / "folder.c").mkdir()
        for path in (folder, folder / "folder.c", "/"):
            refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, str(path), 0)


@check(
    "library.fifo",
    "A FIFO or a device is InvalidValue, at once.",
    function="CreateLibraryFromFile",
)
def fifo(kit: Kit) -> None:
    with _folder() as folder:
        for name in ("fifo", "fifo.c"):
            os.mkfifo(folder / name)
            refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, str(folder / name), 0)
        refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, "/dev/null", 0)


@check(
    "library.wrong_file",
    "A file that is not an image is refused with a status.",
    function="CreateLibraryFromFile",
)
def wrong_file(kit: Kit) -> None:
    statuses = ("InvalidBinary", "BuildProgramFailure", "InvalidValue", "CompilerNotAvailable")
    with _folder() as folder:
        for name, content in (("empty", b""), ("zeros", bytes(4096)), ("x.so", b"\x7fELF" * 30)):
            path = folder / name
            path.write_bytes(content)
            refused(kit, statuses, "CreateLibraryFromFile", 0, str(path), 0)


@check(
    "library.non_utf8_path",
    "A path that is not UTF-8 is accepted like any other.",
    function="CreateLibraryFromFile",
)
def non_utf8_path(kit: Kit) -> None:
    with _file(kit) as path:
        odd = os.fsencode(path.parent) + b"/\xff\xfe odd" + os.fsencode(path.suffix)
        os.rename(path, odd)
        kit.ok("CreateLibraryFromFile", 0, CString(odd), 0, timeout=_PATIENCE)
        refused(kit, "InvalidValue", "CreateLibraryFromFile", 0, CString(odd + b"\xff"), 0)
