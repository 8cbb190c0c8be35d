"""``nexus build``: builds kernels for devices that need not be there; shows what a file has."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nexus.cli.arguments import Commands, complete_with
from nexus.cli.failure import CommandError, Status
from nexus.cli.tables import Table
from nexus.cli.terminal import say, show_json, show_table
from nexus.device_db.units import size

if TYPE_CHECKING:
    from nexus.building.targets import Target
    from nexus.device_db.catalog import Catalog
    from nexus.properties import Properties

_ENDING = ".nxc"


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "build", help="build kernels for many devices, which need not be there"
    )
    files = parser.add_argument(
        "file", nargs="*", help="a source in the language of nexus-api/nxs_kernel.h"
    )
    complete_with(files, "files")
    targets = parser.add_argument(
        "--for",
        dest="targets",
        action="append",
        default=[],
        metavar="TARGETS",
        help="what to build for, separated by commas, such as x86_64-v3,sm_90,metal",
    )
    complete_with(targets, "targets")
    output = parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=f"the file to write; by default the first source with the ending {_ENDING}",
    )
    complete_with(output, "files")
    parser.add_argument(
        "-D",
        dest="defines",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="define a macro",
    )
    parser.add_argument(
        "--no-source", action="store_true", help="leave out the source, which other devices compile"
    )
    parser.add_argument(
        "--library-version", default="1", metavar="TEXT", help="the version of the libraries"
    )
    listing = parser.add_argument("--list", metavar="FILE", help="show what a built file has")
    complete_with(listing, "files")
    parser.add_argument(
        "--targets", dest="show_targets", action="store_true", help="show the usual targets"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> Status:
    if options.show_targets:
        return _show_targets(options.json)
    if options.list is not None:
        from nexus.device_db.catalog import load_catalog

        return _show(load_catalog(options.list), options.json)
    if not options.file:
        raise CommandError("there is no source to build: nexus build FILE --for TARGETS")
    return _show(_build(options), options.json)


def _build(options: argparse.Namespace) -> Catalog:
    from nexus.building import build_kernels
    from nexus.building.targets import targets_of
    from nexus.compilers import CompilerNotFoundError

    names = ",".join(options.targets).split(",")
    try:
        targets_of(names)
    except ValueError as error:
        raise CommandError(str(error)) from None
    output = options.output or Path(options.file[0]).with_suffix(_ENDING)
    try:
        return build_kernels(
            options.file,
            names,
            output,
            defines=options.defines,
            keep_source=not options.no_source,
            version=options.library_version,
        )
    except (ValueError, CompilerNotFoundError) as error:
        raise CommandError(str(error), Status.WRONG) from None
    except OSError as error:
        reason = f"{output} cannot be written: {error.strerror}"
        raise CommandError(reason, Status.WRONG) from None


def _show_targets(as_json: bool) -> Status:
    from nexus.building import known_targets

    targets = known_targets()
    # Asked once for each compiler: looking for one that is not there takes time.
    first = {_compiler_of(target): target for target in targets}
    reasons = {compiler: target.missing() for compiler, target in first.items()}
    found = {target.name: reasons[_compiler_of(target)] for target in targets}
    if as_json:
        show_json(found)
        return Status.OK
    rows = [(name, reason or "here") for name, reason in found.items()]
    show_table(Table(("target", "compiler"), rows))
    return Status.OK


def _compiler_of(target: Target) -> tuple[str, str]:
    return target.compiler, target.name.partition("-")[0] if target.compiler == "cpu" else ""


def _show(catalog: Catalog, as_json: bool) -> Status:
    libraries = [_described(entry) for entry in catalog.values()]
    if as_json:
        show_json({"file": catalog.file, "libraries": libraries})
        return Status.OK
    rows = []
    for library in libraries:
        rows += [
            (library["name"], one["target"], size(one["size"]) if "size" in one else one["file"],
             one["compiler"])
            for one in library["targets"]
        ]  # fmt: skip
        if source := library["source"]:
            checked = [f"{one['Language']} by {one['Compiler']}" for one in source["checked_for"]]
            more = f"checked for {' and '.join(checked)}" if checked else ""
            rows.append((library["name"], "source", size(source["size"]), more))
    say(catalog.file, "bold")
    show_table(Table(("library", "target", "size", "compiler"), rows, right=("size",)))
    for library in libraries:
        say("")
        say(f"Kernels of {library['name']}", "bold")
        for kernel in library["kernels"]:
            arguments = ", ".join(
                " ".join(filter(None, one.values())) for one in kernel["arguments"]
            )
            say(f"{kernel['name']}({arguments})")
    return Status.OK


def _described(library: Properties) -> dict[str, Any]:
    source = library.get("Source", None)
    return {
        "name": library["Name"],
        "version": library["Version"],
        "targets": [_target(entry) for entry in library.get("Architectures", [])],
        "source": source
        and {
            "name": source["Name"],
            "size": len(source["Text"].encode()),
            "sha256": source["Sha256"],
            "checked_for": [one.to_dict() for one in source.get("CheckedFor", [])],
        },
        "kernels": [
            {
                "name": function["Name"],
                "arguments": [
                    {"kind": one["Kind"], "type": one.get("DataType", ""), "name": one["Name"]}
                    for one in function.get("ArgumentList", [])
                ],
            }
            for function in library.get("Functions", [])
        ],
    }


def _target(entry: Properties) -> dict[str, Any]:
    # Base64 has four characters for three bytes, and pads the last ones.
    payload = entry.get("Payload", "")
    place = (
        {"size": len(payload) // 4 * 3 - payload[-2:].count("=")}
        if payload
        else {"file": entry["File"]}
    )
    return {
        "target": entry["Architecture"],
        "system": entry.get("System", ""),
        **place,
        "sha256": entry["Sha256"],
        "compiler": entry.get("Compiler", ""),
        "flags": list(entry.get("Flags", [])),
    }
