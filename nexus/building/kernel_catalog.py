"""Builds sources for several targets, and writes them to one catalog."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from nexus._enums import data_type as DataType
from nexus.building.argument_lists import Argument
from nexus.building.flat_source import flat_source
from nexus.building.images import Image, checked_arguments, image_of
from nexus.building.targets import Target, targets_of
from nexus.device_db.catalog import FORMAT_VERSION, MAX_SIZE, Catalog


def build_kernels(
    sources: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    targets: Iterable[str],
    output: str | os.PathLike[str],
    *,
    defines: Iterable[str] = (),
    keep_source: bool = True,
    version: str = "1",
) -> Catalog:
    """Build kernels for devices that need not be there, and write a catalog of them.

    Each source becomes a library that is called as its file without the ending. The same sources,
    arguments and compilers give the same bytes, whatever the folders are called.

    Parameters
    ----------
    sources : path or sequence of paths
        Sources in the language of ``nexus-api/nxs_kernel.h``. Their own headers become part of what
        is kept.
    targets : iterable of str
        What to build for: ``"x86_64-v3"``, ``"aarch64"``; ``"sm_90"`` for a cubin, ``"compute_80"``
        for PTX, which later devices run too; ``"gfx90a"``; ``"metal"`` and ``"opencl"``, for which
        the source is checked and kept; or the name of a device in the database.
    output : path
        The file to write; ``.nxc`` is the usual ending.
    defines : iterable of str, optional
        Macros, ``"NAME"`` or ``"NAME=VALUE"``.
    keep_source : bool, optional
        Whether the catalog has the sources too, for devices that nothing was built for.
    version : str, optional
        The version of the libraries.

    Returns
    -------
    nexus.Catalog
        The catalog, as `nexus.load_catalog` returns it.

    Raises
    ------
    ValueError
        If a target or a source cannot be used, two sources have one name, or a kernel has other
        arguments on some target. `nexus.compilers.CompileError` if a source does not compile, with
        ``target``, ``line``, ``reason`` and ``log``.
    nexus.compilers.CompilerNotFoundError, nexus.CompilerNotAvailableError
        If a compiler is not on this machine; the message says how to get it.
    OSError
        If the file cannot be written. What was there before is kept then.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import nexus
    >>> from nexus.building import build_kernels
    >>> device = nexus.get_runtime("cpu").get_device(0)
    >>> text = '''
    ... #include <nexus-api/nxs_kernel.h>
    ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] *= 2; }
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     source = pathlib.Path(folder, "kernels.c")
    ...     written = source.write_text(text)
    ...     catalog = build_kernels(source, ["x86_64-v2"], source.with_suffix(".nxc"))
    ...     library = device.load_library(source.with_suffix(".nxc"))
    >>> [kernel.name for kernel in library.get_kernels()]
    ['twice']
    """
    if isinstance(sources, (str, os.PathLike)):
        sources = [sources]
    if isinstance(targets, str):
        targets = targets.split(",")
    paths, wanted = [Path(source) for source in sources], targets_of(targets)
    _require_distinct(paths, Path(output))
    kept = [target.name for target in wanted if target.compiler == target.name]
    if kept and not keep_source:
        raise ValueError(
            f"a build for {' or '.join(kept)} is the source itself, so the catalog has to keep it"
        )
    defines = list(defines)
    document = {
        "FormatVersion": FORMAT_VERSION,
        "Libraries": [_library(path, wanted, defines, keep_source, version) for path in paths],
    }
    raw = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    if len(raw) > MAX_SIZE:
        raise ValueError(
            f"the catalog would have {len(raw)} bytes, and {MAX_SIZE} is the limit: build fewer "
            "targets or sources for one file"
        )
    _replace(Path(output), raw)
    return Catalog(os.path.abspath(output), document)


def _require_distinct(paths: Sequence[Path], output: Path) -> None:
    if not paths:
        raise ValueError("there is no source to build")
    if output.resolve() in [path.resolve() for path in paths]:
        raise ValueError(f"the output {output} is a source, which it would replace: name another")
    seen: dict[str, Path] = {}
    for path in paths:
        if (other := seen.setdefault(path.stem, path)) is not path:
            raise ValueError(
                f"{other} and {path} would both be the library {path.stem!r}: rename one"
            )


def _library(
    path: Path, targets: Sequence[Target], defines: list[str], keep_source: bool, version: str
) -> dict[str, Any]:
    text = flat_source(path, defines)
    arguments = checked_arguments(text, path.name)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        images = list(pool.map(lambda one: image_of(text, path.name, one, arguments), targets))
    library: dict[str, Any] = {"Name": path.stem, "Version": version}
    if built := [_architecture(image) for image in images if image.code is not None]:
        library["Architectures"] = built
    library["Functions"] = [
        {"Name": name, "ArgumentList": [_argument(one) for one in arguments[name]]}
        for name in sorted(arguments)
    ]
    if keep_source:
        library["Source"] = {
            "Name": path.name,
            "Text": text,
            "Sha256": hashlib.sha256(text.encode()).hexdigest(),
            "CheckedFor": [
                {"Language": image.target.name, "Compiler": image.compiler}
                for image in images
                if image.code is None
            ],
        }
    return library


def _architecture(image: Image) -> dict[str, Any]:
    assert image.code is not None
    entry = {
        "Architecture": image.target.name,
        "Compiler": image.compiler,
        "Flags": list(image.flags),
        "Sha256": hashlib.sha256(image.code).hexdigest(),
        "Payload": base64.b64encode(image.code).decode(),
    }
    # A shared object is for one system, what GPUs run is for all.
    return {**entry, "System": "linux"} if image.target.compiler == "cpu" else entry


def _argument(argument: Argument) -> dict[str, str]:
    entry = {"Name": argument.name, "Kind": argument.kind}
    if argument.data_type is not DataType.Undefined:
        entry["DataType"] = argument.data_type.name
    return entry


def _replace(path: Path, raw: bytes) -> None:
    """Write a file; one that is there keeps its contents until all is written."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(raw)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
