"""The cases of the C++ API, under AddressSanitizer; those of a group share one process."""

import json

import pytest
from support import field_plugin
from support.compilation import SUFFIX
from support.cpp_programs import cases_in, results_of
from support.once import made_once

GROUPS = ("objects_cases.hpp", "lifetimes_cases.hpp", "errors_cases.hpp")
LAST = "zz_every_function_is_reached"
ALL = [*(name for file in GROUPS for name in cases_in(file)), LAST]
# By the switches of the plugin's build.
FIELD = {
    (): ["field_launches", "field_schedules", "field_fills", "field_properties", "field_refuses"],
    ("EVENTS",): ["field_with_events", "field_launches"],
    ("COPY_READS",): ["field_that_only_reads"],
    ("NO_SCALAR",): ["field_without_scalars"],
    ("NO_GETTERS",): ["field_properties"],
    ("NO_FILL", "NO_LIBRARY_DATA"): ["field_fills", "field_launches"],
}


@pytest.fixture(scope="module")
def results(request, cases, kernels):
    """Run all cases on our own plugins in one process."""

    def make(folder):
        found = results_of(
            cases,
            ALL,
            NEXUS_PLUGIN_PATH=str(kernels / f"libscratch_plugin{SUFFIX}"),
            NEXUS_TEST_KERNELS=str(kernels / "kernels.c"),
            NEXUS_TEST_NOTES_CALLS="1",
        )
        (folder / "results.json").write_text(json.dumps(found))

    return json.loads((made_once(request, "cpp_results", make) / "results.json").read_text())


@pytest.mark.parametrize("name", ALL)
def test_case(results, name):
    assert results.get(name) == "ok"


@pytest.mark.parametrize("switches", FIELD, ids="-".join)
def test_field_plugin(request, cases, kernels, switches):
    name = "_".join(["field", *sorted(switches)])
    folder = made_once(request, name, lambda folder: field_plugin.build(folder, *switches))
    results = results_of(
        cases,
        FIELD[switches],
        NEXUS_PLUGIN_PATH=str(folder),
        NEXUS_TEST_FIELD_KERNELS=str(kernels / f"field_kernels{SUFFIX}"),
    )
    assert set(results.values()) == {"ok"}, results
