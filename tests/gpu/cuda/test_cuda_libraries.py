"""Kernel libraries: source, PTX, images, and invalid data."""

import numpy as np
import pytest
from support.errors import status_of

import nexus

PTX = """
.version 7.0
.target sm_60
.address_size 64
.visible .entry set_seven(.param .u64 set_seven_param_0) {
  .reg .b64 %rd<3>;
  .reg .b32 %r<2>;
  ld.param.u64 %rd1, [set_seven_param_0];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r1, 7;
  st.global.u32 [%rd2], %r1;
  ret;
}
"""


def fatbin(ptx):
    """Create a fat binary of PTX in the layout of NVIDIA's tools."""
    import struct

    name = b"ptx\0\0\0\0\0"
    text = ptx.encode() + b"\0"
    text += bytes(-len(text) % 8)
    head = 64 + len(name)
    entry = struct.pack("<HHIQIIHHIIIQ", 1, 0x101, head, len(text), 0, 0, 0, 7, 60, 64, 3, 0x11)
    body = entry.ljust(64, b"\0") + name + text
    return struct.pack("<IHHQ", 0xBA55ED50, 1, 16, len(body)) + body


@pytest.mark.parametrize("ending", ["", "\0", "\0\0\0"])
def test_ptx(device, ending):
    with device.load_library((PTX + ending).encode()) as library:
        assert library.get_property_str("Type") == "ptx"
        assert library.get_property_str_vec("SubUnits") == ["set_seven"]
        with device.create_buffer((1,), dtype="int32") as x, library.get_kernel("set_seven") as k:
            k(x, group_size=1, grid_size=1)
            assert x.numpy().tolist() == [7]


def test_empty_buffer_is_null(device):
    """A parameter that PTX declares as an address accepts buffers only."""
    ptx = PTX.replace(".param .u64 set", ".param .u64 .ptr .global .align 4 set")
    ptx = ptx.replace("param_0)", "param_0, .param .u64 .ptr .align 1 set_seven_param_1)")
    ptx = ptx.replace("mov.u32 %r1, 7", "ld.param.u32 %r1, [set_seven_param_1]")
    with (
        device.load_library(ptx.encode()) as library,
        device.create_buffer(np.array([9], np.int32)) as x,
        device.create_buffer(0) as nothing,
        device.create_schedule() as schedule,
    ):
        command = schedule.create_command(library.get_kernel("set_seven"))
        with pytest.raises(nexus.NexusError, match="is a buffer") as caught:
            command.set_scalar(1, 0, "uint64")
        assert status_of(caught) == "InvalidArgValue"
        command.set_buffer(0, x)
        command.set_buffer(1, nothing)
        command.finalize(1, 1)
        schedule.run()
        assert x.numpy().tolist() == [0]


def test_fatbin(device):
    with (
        device.load_library(fatbin(PTX)) as library,
        device.create_buffer((1,), dtype="int32") as x,
        library.get_kernel("set_seven") as kernel,
    ):
        assert library.get_property_str("Type") == "fatbin"
        kernel(x, group_size=1, grid_size=1)
        assert x.numpy().tolist() == [7]


def test_argument_that_was_never_set(device, driver):
    """If the driver does not report the number of parameters, an extra one is zero."""
    ptx = PTX.replace("param_0)", "param_0, .param .u32 set_seven_param_1)")
    ptx = ptx.replace("mov.u32 %r1, 7", "ld.param.u32 %r1, [set_seven_param_1]")
    with (
        device.load_library(fatbin(ptx)) as library,
        device.create_buffer(np.array([9], np.int32)) as x,
        device.create_schedule() as schedule,
    ):
        command = schedule.create_command(library.get_kernel("set_seven"))
        command.set_buffer(0, x)
        if hasattr(driver, "cuFuncGetParamInfo"):
            with pytest.raises(nexus.NexusError, match="missing: argument 1") as caught:
                command.finalize(1, 1)
            assert status_of(caught) == "InvalidKernelArgs"
        else:
            command.finalize(1, 1)
            schedule.run()
            assert x.numpy().tolist() == [0]


@pytest.mark.parametrize("name", ["k.cu", "k.ptx"])
def test_from_file(device, tmp_path, source, name):
    path = tmp_path / name
    path.write_text(source if name.endswith("cu") else PTX)
    with device.load_library(path) as library:
        assert library.get_property_str("Location") == str(path)
        assert library.get_property_str_vec("SubUnits")


def test_remarks_of_the_compiler(device):
    with device.compile('extern "C" __global__ void k() { int unused; }') as library:
        assert "unused" in library.get_property_str("Message")


def test_ptx_that_is_wrong(device):
    with pytest.raises(nexus.LibraryError) as caught:
        device.load_library(PTX.replace("st.global.u32", "st.nowhere.u32").encode())
    assert status_of(caught) in ("BuildProgramFailure", "InvalidBinary")


def elf(**changes):
    """Create the header of an ELF file."""
    import struct

    fields = {"ehsize": 64, "shoff": 64, "shentsize": 64, "shnum": 1, "phnum": 0} | changes
    head = b"\x7fELF\2\1\1" + bytes(9)
    head += struct.pack(
        "<HHIQQQIHHHHHH",
        2,
        190,
        1,
        0,
        0,
        fields["shoff"],
        0,
        fields["ehsize"],
        56,
        fields["phnum"],
        fields["shentsize"],
        fields["shnum"],
        0,
    )
    return head + bytes(64)


FATBIN = (0xBA55ED50).to_bytes(4, "little") + bytes([1, 0, 16, 0])


@pytest.mark.parametrize(
    "image",
    [
        b"\x7fELF",
        elf()[:63],
        elf(shoff=1 << 40),
        elf(shnum=0),
        elf(shnum=1000),
        elf(shentsize=3),
        elf(phnum=100),
        FATBIN,
        FATBIN + (1 << 60).to_bytes(8, "little"),
        FATBIN + (64).to_bytes(8, "little") + bytes(64),
        (0x466243B1).to_bytes(4, "little") + bytes(20),
        b"\1\2\3",
        b"\0",
        bytes(range(256)),
    ],
)
def test_images_that_lead_nowhere(device, image):
    with pytest.raises(nexus.LibraryError) as caught:
        device.load_library(image)
    assert status_of(caught) == "InvalidBinary"


def test_limits_of_a_kernel(library, device):
    with library.get_kernel("narrow") as kernel:
        assert kernel.get_property_int("MaxThreadsPerThreadgroup") == 64
        assert kernel.get_property_int("CoreRegisterSize") > 0
        assert (
            0
            < kernel.get_property_int("MaxThreadgroupMemorySize")
            <= device.get_property_int("MaxThreadgroupMemorySize")
        )


TEMPLATE = "template <class T> __global__ void scale(T *x) { x[threadIdx.x] *= 2; }\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEMPLATE, "no kernels; .*instantiate templates"),
        ("__device__ int f(int a) { return a; }", "no kernels; declare kernels __global__"),
        (TEMPLATE + "template __global__ void scale<float>(float *);", '_Z5scale.*extern "C"'),
        ("__global__ void scale(float *x) { *x = 1; }", '_Z5scalePf.*extern "C"'),
    ],
)
def test_sources_without_the_kernel_say_what_may_be_wrong(device, text, says):
    with device.compile(text) as library:
        assert library.get_property_int("Count") == ("_Z" in says)
        with pytest.raises(nexus.LibraryError, match=says):
            library.get_kernel("scale")
