"""Imports within the package point one way, towards the modules that all objects share."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import nexus

PACKAGE = Path(nexus.__file__).parent
# Ordered from the bottom layer to the top: a part may import from its own line and those above.
LAYERS = [
    {"_core", "_enums", "_ffi"},
    {"errors", "_objects"},
    {"properties"},
    {"arrays"},
    {"device_db", "field_plugins"},
    {"allocation", "buffer", "command", "device", "event", "kernel", "kernel_argument"}
    | {"settable_arguments", "library", "runtime", "runtimes", "schedule", "stream"},
    {"__init__"},
    {"building", "compilers", "conformance", "demo"},
    {"cli"},
    {"__main__"},
]
LEVELS = {part: level for level, parts in enumerate(LAYERS) for part in parts}


def imports_of(files):
    """Return the modules that each module imports, also inside functions and TYPE_CHECKING."""
    names = {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in files}
    modules = {name.removesuffix(".__init__") for name in names} | {"_core", "_ffi"}
    arrows: dict[str, set[str]] = {}
    for name, file in names.items():
        found = arrows.setdefault(name.removesuffix(".__init__"), set())
        for node in ast.walk(ast.parse(file.read_text())):
            targets: list[str] = []
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.module is not None
                assert not node.level, f"{file}: relative import"
                whole = f"{node.module}.".removeprefix("nexus.")
                parts = [(whole + alias.name) for alias in node.names]
                own = [f"nexus.{part}" for part in parts if part in modules]
                targets = own if len(own) == len(parts) else [node.module, *own]
            for target in targets:
                if target == "nexus" or target.startswith("nexus."):
                    found.add(target.removeprefix("nexus").lstrip(".") or "__init__")
    return arrows


def wrong_arrows(arrows):
    """Return the arrows that point from a lower part to a higher one."""
    return [
        f"{module} -> {target}"
        for module, targets in arrows.items()
        for target in targets
        if LEVELS[target.split(".")[0]] > LEVELS[module.split(".")[0]]
    ]


def require_no_circle(arrows):
    tuple(TopologicalSorter(arrows).static_order())


@pytest.mark.parametrize("kit", [False, True], ids=["package", "conformance"])
def test_the_arrows(kit):
    files = [file for file in PACKAGE.rglob("*.py") if ("conformance" in file.parts) == kit]
    arrows = imports_of(files)
    assert len(arrows) > 20
    assert not wrong_arrows(arrows)
    require_no_circle(arrows)


def test_what_the_checks_of_arrows_find():
    assert wrong_arrows({"buffer": {"cli.top", "errors"}}) == ["buffer -> cli.top"]
    with pytest.raises(CycleError):
        require_no_circle({"buffer": {"device"}, "device": {"event"}, "event": {"buffer"}})


def test_base_names_are_unique():
    stems = [file.stem for file in PACKAGE.rglob("*.py") if not file.stem.startswith("__")]
    assert sorted(stems) == sorted(set(stems))
