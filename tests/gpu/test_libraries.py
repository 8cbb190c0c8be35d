"""Kernel libraries of a GPU."""

import numpy as np
import pytest
from support.errors import status_of

import nexus


def test_kernels_of_source(library):
    names = library.get_property_str_vec("SubUnits")
    assert {"add", "scale", "increment", "place", "total", "mixed"} <= set(names)
    assert names == sorted(names)
    assert library.get_property_int("Count") == len(names)


def test_name_that_is_not_there(library):
    with pytest.raises(nexus.LibraryError, match="'scale'") as caught:
        library.get_kernel("scal")
    assert status_of(caught) == "InvalidKernelName"


def test_command_outlives_the_library(device, source):
    library = device.compile(source)
    with (
        device.create_buffer(np.ones(32, np.float32)) as x,
        device.create_schedule() as schedule,
    ):
        command = schedule.create_command(library.get_kernel("scale"))
        command.set_buffer(0, x)
        command.set_scalar(1, 3.0)
        command.finalize(32, 32)
        library.close()
        schedule.run()
        assert (x.numpy() == 3).all()


def test_empty_file(device, kernels, tmp_path):
    path = tmp_path / f"empty{kernels.suffix}"
    path.touch()
    with pytest.raises(nexus.LibraryError) as caught:
        device.load_library(path)
    assert status_of(caught) == "InvalidBinary"


def test_source_that_does_not_compile(device, kernels, tmp_path):
    path = tmp_path / f"broken{kernels.suffix}"
    path.write_text(kernels.broken)
    with pytest.raises(
        nexus.LibraryError, match=rf"broken\{kernels.suffix}(.|\n)*undeclared"
    ) as caught:
        device.load_library(path)
    assert status_of(caught) == "BuildProgramFailure"
