"""Element types: those that kernels declare, and views of a buffer as another type."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import nexus
from nexus import data_type
from nexus.arrays.dtypes import bit_compatible

DECLARED = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(floats, NXS_IN(float, a), NXS_OUT(float, c)) {
  NXS_ITEMS c[NXS_GLOBAL_ID(0)] = a[NXS_GLOBAL_ID(0)] + 1;
}
NXS_KERNEL(words, NXS_OUT(unsigned int, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 7; }
NXS_KERNEL(halves, NXS_OUT(unsigned short, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 0x3F80; }
NXS_KERNEL(flags, NXS_OUT(_Bool, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 1; }
NXS_KERNEL(bytes, NXS_OUT(unsigned char, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = 1; }
NXS_KERNEL(anything, NXS_OUT(struct pair, x)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)].a = 1; }
NXS_KERNEL(number, NXS_OUT(int, x), NXS_SCALAR(int, v)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = v; }
""".replace("NXS_KERNEL(floats", "struct pair { int a; float b; };\nNXS_KERNEL(floats")


@pytest.fixture(scope="module")
def declared():
    return nexus.get_runtime("cpu").get_device(0).compile(DECLARED)


def launch(kernel, *args):
    return kernel(*args, group_size=4, grid_size=4)


@pytest.mark.parametrize("wrong", ["float64", "int64", "int32", "uint32", "fp16", "bool", "bf16"])
def test_another_type_than_declared_is_refused(device, library, wrong):
    add = library.get_kernel("add")
    right = [device.create_buffer(4, dtype="float32") for _ in range(3)]
    other = device.create_buffer(4, dtype=wrong)
    says = f"argument 1 .*of kernel 'add' has elements of F32, .* of {other.data_type.name};.*view"
    with pytest.raises(TypeError, match=says):
        add(right[0], other, right[2], 4, group_size=4, grid_size=4)
    command = device.create_schedule().create_command(add)
    for use in (command.set_arg, command.set_buffer):
        with pytest.raises(TypeError, match=says):
            use(1, other)
    # The command goes on without the refused argument.
    for index, value in enumerate((*right, 4)):
        command.set_arg(index, value)
    command.finalize(4, 4)


def test_the_message_names_the_argument(declared):
    other = declared.device.create_buffer(4, dtype="float64")
    with pytest.raises(TypeError, match=r"argument 0 'a' of kernel 'floats'.*view\('F32'\)"):
        launch(declared.get_kernel("floats"), other, other)


@pytest.mark.parametrize(
    ("kernel", "passes", "fails"),
    [
        ("words", ["uint32", "Undefined"], ["int32", "float32", "uint64", "uint16"]),
        ("halves", ["uint16", "bf16"], ["fp16", "int16", "fp8"]),
        ("flags", ["bool", "uint8"], ["int8", "fp8"]),
        ("bytes", ["uint8", "bool", "fp8", "bf8", "int4", "uint4"], ["int8", "bf16"]),
        ("anything", ["float32", "int64", "bool", "bf16"], []),
    ],
)
def test_bit_compatible_types_pass(declared, kernel, passes, fails):
    cpu, function = declared.device, declared.get_kernel(kernel)
    for dtype in passes:
        assert launch(function, cpu.create_buffer(256, dtype=dtype)) is nexus.status.NXS_Success
    for dtype in fails:
        with pytest.raises(TypeError, match=f"of kernel '{kernel}'"):
            launch(function, cpu.create_buffer(256, dtype=dtype))


def test_compatibility_is_mutual():
    types = [t for t in data_type if t < data_type.Mask]
    for own in types:
        assert bit_compatible(own, own)
        assert bit_compatible(own, data_type.Undefined)
        for other in types:
            assert bit_compatible(own, other) == bit_compatible(other, own)
    assert not bit_compatible(data_type.I32, data_type.U32)
    assert not bit_compatible(data_type.F16, data_type.BF16)


def test_scalars_of_another_type(declared):
    number, x = declared.get_kernel("number"), declared.device.create_buffer(4, dtype="int32")
    for value in (5, np.int64(5), np.uint8(5), np.array(5), np.int32(5)):
        launch(number, x, value)
        assert x.numpy().tolist() == [5] * 4
    launch(number, x, np.bool_(True))
    assert x.numpy().tolist() == [1] * 4
    for wrong in (1.5, np.float32(1), np.float64(2.0), 1j, "1", None, [1], np.ones(2)):
        with pytest.raises(TypeError, match="argument 1"):
            launch(number, x, wrong)
    with pytest.raises(OverflowError, match="argument 1 of kernel 'number'"):
        launch(number, x, np.int64(2**40))
    command = declared.device.create_schedule().create_command(number)
    with pytest.raises(TypeError, match="'v' of kernel 'number' is I32, but dtype= says F32"):
        command.set_scalar(1, 1, dtype="float32")


def test_a_view_insists(declared):
    floats = declared.get_kernel("floats")
    integers = declared.device.create_buffer(np.array([0x3F800000] * 4, np.int32))
    out = declared.device.create_buffer(4, dtype="float32")
    launch(floats, integers.view("float32"), out)
    assert out.numpy().tolist() == [2.0] * 4


def test_a_view_has_the_same_memory(device):
    buffer = device.create_buffer(np.arange(6, dtype=np.float32).reshape(2, 3))
    bits, flat = buffer.view("uint32"), buffer.view("Undefined")
    assert (bits.shape, flat.shape, bits.view("uint8").shape) == ((2, 3), (24,), (2, 12))
    assert bits.device is device
    bits.fill(0x40000000)
    assert buffer.numpy().tolist() == [[2.0] * 3] * 2
    with pytest.raises(TypeError, match="F32"):
        bits.copy_from(np.ones((2, 3), np.float32))


def test_the_sizes_of_views(device):
    three = device.create_buffer((2, 3), dtype="uint16")
    with pytest.raises(ValueError, match=r"U16 .* F32: along the last dimension of \(2, 3\)"):
        three.view("float32")
    with pytest.raises(ValueError, match="multiple of 16 bits"):
        device.create_buffer(3, dtype="int4").view("uint16")
    with pytest.raises(ValueError, match="without dimensions"):
        device.create_buffer((), dtype="float32").view("uint8")
    assert three.view("int4").shape == (2, 12)
    assert device.create_buffer((0, 3), dtype="uint16").view("int8").shape == (0, 6)


@pytest.mark.parametrize("order", ["buffer first", "view first"])
@pytest.mark.parametrize("close", [True, False])
def test_the_memory_of_a_view_lives_as_long_as_either(cpu, order, close):
    def live():
        return cpu.runtime.get_property_int_vec("LiveObjects")[0]

    gc.collect()
    before = live()
    pair = [cpu.create_buffer(np.ones(4, np.float32))]
    pair.append(pair[0].view("uint32"))
    if order == "view first":
        pair.reverse()
    first = pair.pop(0)
    if close:
        first.close()
    del first
    assert live() == before + 1
    assert pair[0].numpy().view(np.float32).tolist() == [1.0] * 4
    array = pair[0].numpy()
    pair.pop().close()
    assert array.view(np.float32).tolist() == [1.0] * 4
    del array
    gc.collect()
    assert live() == before


def test_views_of_closed_buffers_are_refused(device):
    buffer = device.create_buffer(8)
    buffer.close()
    with pytest.raises(nexus.InvalidHandleError, match="Buffer is closed"):
        buffer.view("uint8")


def test_unset_arguments_are_named(declared):
    command = declared.device.create_schedule().create_command(declared.get_kernel("floats"))
    with pytest.raises(nexus.NexusError, match=r"argument 0 'a' .*argument 1 'c'") as caught:
        command.finalize(4, 4)
    assert caught.value.status is nexus.status.NXS_InvalidKernelArgs
    with pytest.raises(nexus.NexusError, match="missing: argument 1 'c' of kernel 'floats'"):
        launch(declared.get_kernel("floats"), declared.device.create_buffer(4, dtype="f4"))


def test_closing_both_releases_the_memory(cpu):
    gc.collect()
    before = cpu.runtime.get_property_int_vec("LiveObjects")[0]
    buffer = cpu.create_buffer(64)
    view = buffer.view("float32")
    buffer.close()
    view.fill(1.0)
    view.close()
    assert cpu.runtime.get_property_int_vec("LiveObjects")[0] == before


@pytest.mark.parametrize("wrong", ["no", None, 2, 1.0, []])
def test_flags_are_bools(cpu, wrong):
    schedule = cpu.create_schedule()
    with pytest.raises(TypeError, match="blocking has to be True or False"):
        schedule.run(blocking=wrong)
    with pytest.raises(TypeError, match="timing has to be True or False"):
        schedule.run(timing=wrong)
    schedule.run(None, np.bool_(True), 0)
