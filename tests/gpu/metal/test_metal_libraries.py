"""Kernel libraries: source, metallibs, and invalid data."""

import struct

import pytest
from support.errors import status_of

import nexus

SEVEN = """
kernel void seven(device int *x [[buffer(0)]]) { x[0] = 7; }
"""


def metallib(source=SEVEN, system=13):
    """Create a metallib in the stand-in's format: the required macOS version, and source."""
    return b"MTLB" + struct.pack("<I", system) + source.encode()


def run_seven(device, library):
    with device.create_buffer((1,), dtype="int32") as x, library.get_kernel("seven") as kernel:
        kernel(x, group_size=1, grid_size=1)
        assert x.numpy().tolist() == [7]


@pytest.mark.parametrize("ending", ["", "\0", "\0\0\0"])
def test_source(device, ending):
    with device.load_library((SEVEN + ending).encode()) as library:
        assert library.get_property_str_vec("SubUnits") == ["seven"]
        run_seven(device, library)


def test_source_from_a_file(device, tmp_path):
    path = tmp_path / "seven.metal"
    path.write_text(SEVEN)
    with device.load_library(path) as library:
        assert library.get_property_str("Location") == str(path)
        run_seven(device, library)


def test_metallib(device, standin, tmp_path):
    path = tmp_path / "seven.metallib"
    path.write_bytes(metallib())
    for given in (metallib(), path):
        with device.load_library(given) as library:
            assert library.get_property_str("Type") == "metallib"
            assert library.get_property_str_vec("SubUnits") == ["seven"]
            run_seven(device, library)


def test_metallib_for_a_newer_system(device, standin, tmp_path):
    path = tmp_path / "newer.metallib"
    path.write_bytes(metallib(system=99))
    for given in (metallib(system=99), path):
        with pytest.raises(nexus.LibraryError, match="MTLLibraryErrorDomain 1") as caught:
            device.load_library(given)
        assert status_of(caught) == "InvalidBinary"


@pytest.mark.parametrize("image", [b"MTLB", b"MTLB\1\2\3"])
def test_metallib_that_is_damaged(device, image, tmp_path):
    path = tmp_path / "damaged.metallib"
    path.write_bytes(image)
    for given in (image, path):
        with pytest.raises(nexus.LibraryError) as caught:
            device.load_library(given)
        assert status_of(caught) == "InvalidBinary"


@pytest.mark.parametrize(
    "image", [b"\1\2\3", b"\0", bytes(range(256)), b"\x7fELF", b"kernel \xff\xfe"]
)
def test_images_that_lead_nowhere(device, image):
    with pytest.raises(nexus.LibraryError, match="neither a metallib nor text") as caught:
        device.load_library(image)
    assert status_of(caught) == "InvalidBinary"


def test_arguments_beyond_the_table(device):
    with pytest.raises(nexus.LibraryError) as caught:
        device.compile("kernel void k(device int *x [[buffer(31)]]) { x[0] = 1; }")
    assert status_of(caught) == "BuildProgramFailure"


def test_texture_argument(device):
    source = """
    #include <metal_stdlib>
    using namespace metal;
    kernel void k(texture2d<float, access::write> image) { image.write(float4(0), uint2(0)); }
    """
    with device.compile(source) as library:
        with pytest.raises(nexus.NexusError, match="image") as caught:
            library.get_kernel("k")
        assert status_of(caught) == "InvalidKernelDefinition"


def test_several_threadgroup_arguments(device):
    source = """
    kernel void k(device int *x, threadgroup int *a [[threadgroup(0)]],
                  threadgroup int *b [[threadgroup(1)]]) { a[0] = b[0] = 1; x[0] = a[0] + b[0]; }
    """
    with device.compile(source) as library:
        with pytest.raises(nexus.NexusError, match="several threadgroup") as caught:
            library.get_kernel("k")
        assert status_of(caught) == "InvalidKernelDefinition"


def test_function_that_is_no_kernel(device):
    source = SEVEN + "vertex float4 corner() { return float4(0); }"
    with device.compile("#include <metal_stdlib>\nusing namespace metal;" + source) as library:
        assert library.get_property_str_vec("SubUnits") == ["seven"]
        with pytest.raises(nexus.LibraryError, match="no kernel") as caught:
            library.get_kernel("corner")
        assert status_of(caught) == "InvalidKernelName"


def test_kernel_that_metal_cannot_prepare(device, standin):
    with device.compile(SEVEN) as library:
        standin.set("fail_pipeline", 1)
        with pytest.raises(nexus.LibraryError, match="preparing kernel 'seven'") as caught:
            library.get_kernel("seven")
        assert status_of(caught) == "BuildProgramFailure"
        # The failure leaves nothing behind.
        run_seven(device, library)


def test_limits_of_a_kernel(library, device):
    with library.get_kernel("narrow") as kernel:
        assert kernel.get_property_int("MaxThreadsPerThreadgroup") == 64
        assert kernel.get_property_int("SIMDSize") in (8, 16, 32, 64)
    with library.get_kernel("mirror") as kernel:
        own = kernel.get_property_int("CoreMemorySize")
        assert own >= 256 * 4
        most = device.get_property_int("MaxThreadgroupMemorySize")
        assert kernel.get_property_int("MaxThreadgroupMemorySize") <= most - own


def test_arguments_of_a_kernel(library):
    with library.get_kernel("mixed") as kernel:
        names = [argument.data_type.name for argument in kernel.arguments]
        assert names == ["F32", "I8", "I16", "I32", "I64", "F32", "F16", "Bool"]
        assert [argument.kind for argument in kernel.arguments] == ["out"] + 7 * ["in or scalar"]
