"""GPU plugins under a host that others could have written, and what only the CPU supports."""

from pathlib import Path

import pytest
from support.other_host import expected_lines, run_host

import nexus


def test_the_plugin_works_under_another_host(runtime, kernels, tmp_path):
    lines = run_host(Path(runtime.path), kernels.path, tmp_path)
    assert lines == expected_lines(runtime.name)


def test_ranges_of_groups_are_refused_by_name(device, kernels, source):
    for load in (
        lambda: device.compile(source, convention="groups"),
        lambda: device.load_library(kernels.path, convention="groups"),
    ):
        with pytest.raises(nexus.LibraryError, match="NXS_LibrarySettings_GroupRange") as caught:
            load()
        assert caught.value.status is nexus.status.NXS_InvalidValue
