"""Libraries of HIP: source, and what a device does not run."""

import os

import pytest
from support.errors import status_of

import nexus


def test_header_of_hip(device):
    text = '#include <hip/hip_runtime.h>\nextern "C" __global__ void k(int *x) { *x = 1; }'
    with device.compile(text) as library:
        assert library.get_property_str_vec("SubUnits") == ["k"]


@pytest.mark.parametrize("name", [b"\xff\xfe odd", b"two\nlines", b'a "quote" \\'])
def test_file_names_that_a_directive_cannot_hold(device, source, kernels, tmp_path, name):
    path = os.fsencode(tmp_path) + b"/" + name + os.fsencode(kernels.suffix)
    with open(path, "wb") as file:
        file.write(source.encode())
    with device.load_library(os.fsdecode(path)) as library:
        assert library.get_kernel("add")


@pytest.mark.parametrize(
    "image",
    [
        b"\x7fELF",
        b"\x7fELF" + bytes(60),
        b"__CLANG_OFFLOAD_BUNDLE__",
        b"CCOB" + bytes(60),
        b"FPIH" + bytes(20),
        b"\0",
        b"\1\2\3",
    ],
)
def test_images_that_lead_nowhere(device, image):
    with pytest.raises(nexus.LibraryError) as caught:
        device.load_library(image)
    assert status_of(caught) == "InvalidBinary"
