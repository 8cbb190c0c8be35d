"""Kernel libraries of OpenCL: OpenCL C, SPIR-V, and what drivers have compiled."""

import numpy as np
import pytest
from support.errors import status_of
from support.spirv_module import affine

import nexus

AFFINE = """
kernel void affine(global int *x, int factor, int shift) {
  size_t i = get_global_id(0);
  x[i] = i * factor + shift;
}
"""
REFUSALS = ("InvalidBinary", "CreateProgramWithBinaryFailure", "BuildProgramFailure")


def run_affine(device, library):
    with (
        device.create_buffer((70,), dtype="int32") as x,
        device.create_schedule() as schedule,
        schedule.create_command(library.get_kernel("affine")) as command,
    ):
        command.set_buffer(0, x)
        command.set_scalar(1, 3, "int32")
        command.set_scalar(2, -5, "int32")
        command.finalize(10, 70)
        schedule.run()
        assert x.numpy().tolist() == list(range(-5, 205, 3))


def test_arguments_of_source(device):
    text = """
    kernel void k(constant float *weights, global const char *in, global long *out, uint seed,
                  local int *part) {}
    """
    with device.compile(text) as library, library.get_kernel("k") as kernel:
        assert kernel.argument_names == ("weights", "in", "out", "seed")
        assert [(each.kind, each.data_type.name) for each in kernel.arguments] == [
            ("in", "F32"),
            ("in", "I8"),
            ("out", "I64"),
            ("scalar", "U32"),
        ]


def test_arguments_of_types_of_the_programs_own(device):
    """Nothing tells how large such a scalar is, so any size is taken."""
    text = "typedef struct { int a; float b; } pair; kernel void k(global int *x, pair p) {}"
    with device.compile(text) as library, library.get_kernel("k") as kernel:
        assert kernel.argument_names == ()


def test_constants(device, library):
    offsets = np.arange(8, dtype=np.int32) * 100
    with (
        device.create_buffer(offsets) as x,
        device.create_buffer((8,), dtype="int32") as out,
        library.get_kernel("looked_up") as looked_up,
    ):
        looked_up(x, out, group_size=8, grid_size=8)
        np.testing.assert_array_equal(out.numpy(), offsets + np.tile([3, 1, 4, 1], 2))


def test_a_second_local_argument_is_refused(device):
    text = "kernel void k(local float *a, local float *b, global float *x) { x[0] = a[0] = b[0]; }"
    with device.compile(text) as library, device.create_schedule() as schedule:
        with pytest.raises(nexus.NexusError, match="several __local arguments") as caught:
            schedule.create_command(library.get_kernel("k")).finalize(1, 1)
        assert status_of(caught) == "InvalidKernelDefinition"


def takes_spirv_at_all(device):
    return "cl_khr_il_program" in device.get_property_str("Features")


@pytest.fixture
def takes_spirv(device):
    """Skip where the driver has no SPIR-V, and check that it is refused there."""
    if takes_spirv_at_all(device):
        return
    with pytest.raises(nexus.NexusError, match="is SPIR-V") as caught:
        device.load_library(affine("affine"))
    assert status_of(caught) == "CompilerNotAvailable"
    pytest.skip("this driver takes no SPIR-V, and the plugin says so")


@pytest.mark.usefixtures("takes_spirv")
def test_spirv(device, tmp_path):
    (path := tmp_path / "affine.spv").write_bytes(affine("affine"))
    for given in (affine("affine"), path):
        with device.load_library(given) as library:
            assert library.get_property_str_vec("SubUnits") == ["affine"]
            run_affine(device, library)


def beginnings(module):
    """Return the module cut before each of its instructions."""
    words = memoryview(module).cast("I")
    at, found = 5, []
    while at < len(words):
        found.append(module[: 4 * at])
        at += words[at] >> 16
    return found


# Those that have OpEntryPoint, which names the kernel: shorter ones are modules without kernels.
CUT = [data for data in beginnings(affine("k")) if b"k\0\0\0" in data]


@pytest.mark.usefixtures("takes_spirv")
@pytest.mark.parametrize(
    "data",
    [affine("k")[:4], affine("k")[:20], *CUT, affine("k", version=0x00630000)],
    ids=["magic", "header", *(f"cut_{len(data)}" for data in CUT), "version_99"],
)
def test_spirv_that_is_broken(device, data):
    with pytest.raises(nexus.NexusError) as caught:
        device.load_library(data)
    assert status_of(caught) in REFUSALS


@pytest.fixture(scope="module")
def binary():
    """Return what the driver has made of AFFINE, by way of PyOpenCL."""
    cl = pytest.importorskip("pyopencl")
    found = cl.get_platforms()[0].get_devices()[0]
    program = cl.Program(cl.Context([found]), AFFINE).build(cache_dir=False)
    return program.get_info(cl.program_info.BINARIES)[0]


def test_binary_of_the_driver(device, binary, tmp_path):
    (path := tmp_path / "affine.bin").write_bytes(binary)
    for given in (binary, path):
        with device.load_library(given) as library:
            assert library.get_property_str_vec("SubUnits") == ["affine"]
            run_affine(device, library)


@pytest.mark.parametrize("size", [1, 4, 16, 64])
def test_binary_that_is_cut(device, binary, size):
    with pytest.raises(nexus.NexusError) as caught:
        device.load_library(binary[:size])
    assert status_of(caught) in REFUSALS


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(1, 256)),
        b"\x7fELF\x02\x01\x01" + bytes(57),
        b"poclbin\0" + b"\xff" * 100,
        b"BC\xc0\xde" + bytes(60),
    ],
    ids=["noise", "elf", "pocl", "bitcode"],
)
def test_what_is_no_binary_of_this_driver(device, data):
    with pytest.raises(nexus.NexusError) as caught:
        device.load_library(data)
    assert status_of(caught) in REFUSALS


def test_the_log_of_a_build_has_warnings(device):
    with device.compile("kernel void k(global int *x) {\n#warning look here\n}") as library:
        message = library.properties().get("Message")
        if message is None:
            pytest.skip("this driver keeps no log of a build that went well")
        assert "look here" in message
