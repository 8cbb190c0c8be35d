"""Functions and names that a plugin exports."""

from __future__ import annotations

from nexus._enums import function_required
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import FUNCTIONS, check

_REQUIRED = [member.name.removeprefix("nxs") for member in function_required]
# Required functions; one of the two is enough.
_EITHER = {"CreateLibrary", "CreateLibraryFromFile"}
_LOADS = 1000
# Seconds in which the next kernel begins.
_BEGIN = 0.1


@check(
    "process.functions",
    "The plugin has the required functions and a CreateLibrary...; profile full: all functions.",
    function="required",
)
def functions(kit: Kit) -> None:
    wanted = FUNCTIONS if kit.profile == "full" else set(_REQUIRED) - _EITHER
    missing = [f"nxs{name}" for name in FUNCTIONS if name in wanted and not kit.has(name)]
    assert not missing, f"the plugin does not export {', '.join(missing)}"
    either = any(map(kit.has, _EITHER))
    assert either, "the plugin exports neither nxsCreateLibrary nor nxsCreateLibraryFromFile"


@check(
    "process.exports",
    "Only functions of the ABI, and helpers for this runtime's kernels, are exported.",
    needs=("full",),
)
def exports(kit: Kit) -> None:
    runtime = kit.property("GetRuntimeProperty", None, "Name")
    allowed = {f"nxs{name}" for name in FUNCTIONS}
    # Helpers that kernels call begin with an underscore and the runtime's name.
    extra = [
        name
        for name in kit.worker.control("exports")
        if name not in allowed and not name.startswith(f"_{runtime}_")
    ]
    assert not extra, f"the plugin exports {', '.join(extra[:10])}, which are not part of the ABI"
