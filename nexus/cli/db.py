"""``nexus db``: lists, shows and validates records of the device database."""

from __future__ import annotations

import argparse
import os
from typing import Any

import nexus
from nexus.cli.arguments import Commands, complete_with, show_help_of
from nexus.cli.failure import CommandError, Status
from nexus.cli.tables import Table
from nexus.cli.terminal import say, show_json, show_table, show_tree
from nexus.device_db.outline import nodes
from nexus.device_db.trees import Node


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("db", help="the device database: list, show, validate")
    parser.set_defaults(command=show_help_of(parser))
    actions = parser.add_subparsers(metavar="action")
    listing = actions.add_parser("list", help="list the records")
    listing.add_argument(
        "text", nargs="?", default="", help="only records with it in the file name, name or aliases"
    )
    listing.add_argument("-v", "--verbose", action="store_true", help="show the aliases too")
    listing.add_argument("--json", action="store_true", help="machine-readable output")
    listing.set_defaults(command=_list)
    show = actions.add_parser("show", help="show a record")
    name = show.add_argument("name", help="file name, architecture, alias, or product name")
    complete_with(name, "records")
    show.add_argument("--json", action="store_true", help="print the contents of its file")
    show.set_defaults(command=_show)
    validate = actions.add_parser("validate", help="report the errors in files of records")
    files = validate.add_argument("file", nargs="+", help="a record")
    complete_with(files, "files")
    validate.set_defaults(command=_validate)


def _list(options: argparse.Namespace) -> Status:
    records: list[dict[str, Any]] = []
    unusable: list[tuple[str, str]] = []
    database = nexus.get_device_info()
    wanted = options.text.lower()
    for name in database:
        try:
            record = database[name]
        except (nexus.RecordError, ImportError) as error:
            if wanted in name:
                unusable.append((name, str(error)))
            continue
        aliases = list(record.get("Aliases", []))
        if any(wanted in known.lower() for known in (name, record["Name"], *aliases)):
            year = record.get("ReleaseYear", None)
            records.append(
                {"record": name, "name": record["Name"], "year": year, "aliases": aliases}
            )
    if options.json:
        wrong = [{"record": name, "reason": reason} for name, reason in unusable]
        show_json({"records": records, "unusable": wrong})
    elif records or unusable:
        _show_list(records, options.verbose)
        if unusable:
            show_table(Table(("record", "reason"), unusable), "Records that cannot be used")
    else:
        raise CommandError(
            f"no record has {options.text!r} in its names; nexus db list -v shows all", Status.WRONG
        )
    return Status.WRONG if unusable else Status.OK


def _show_list(records: list[dict[str, Any]], verbose: bool) -> None:
    heads = ["record", "name", "year"]
    rows = [[one["record"], one["name"], str(one["year"] or "")] for one in records]
    if verbose:
        heads.append("aliases")
        for row, one in zip(rows, records, strict=True):
            row.append(", ".join(one["aliases"]))
    if records:
        show_table(Table(heads, rows))


def _show(options: argparse.Namespace) -> Status:
    try:
        record = nexus.lookup_device_info(options.name)
    except nexus.NotFoundError as error:
        raise CommandError(str(error)) from None
    if options.json:
        show_json(record.to_dict())
    else:
        show_tree(Node(record["Name"], "", [Node("File", record.origin), *nodes(record.to_dict())]))
    return Status.OK


def _validate(options: argparse.Namespace) -> Status:
    from nexus.device_db import records

    wrong = 0
    owners: dict[str, str] = {}
    for path in options.file:
        problems = records.check(path) or _taken(path, owners)
        for place, reason in problems:
            say(f"{path}: {place}: {reason}" if place else f"{path}: {reason}", "red")
        if not problems:
            say(f"{path}: valid")
        wrong += bool(problems)
    return Status.WRONG if wrong else Status.OK


def _taken(path: str, owners: dict[str, str]) -> list[tuple[str, str]]:
    """Return errors for the names of a valid record that another record has too.

    Parameters
    ----------
    path : str
        Its file.
    owners : dict
        The previous files, by the names of their records; its own are added.
    """
    from nexus.device_db import database, records

    records_of_all = database.database()
    problems = []
    # A record with the same file name is the one that this file replaces.
    file = os.path.basename(path)
    record = records.read(path)
    for name in sorted(database.names(record)):
        named = records_of_all.named(name)
        others = [owners.setdefault(name, path), *map(records_of_all.path, named)]
        other = next((other for other in others if os.path.basename(other) != file), None)
        if other is not None:
            place = "$.Name" if name == record["Name"].lower() else "$.Aliases"
            problems.append((place, f"the name {name!r} stands in {other} too"))
    return problems
