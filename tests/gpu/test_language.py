"""Kernels of nxs_kernel.h: the same text, checks and conversions as on a CPU."""

import re

import numpy as np
import pytest
from support.errors import status_of
from support.kernel_cases import CASES, NAMES, SOURCE, run

import nexus

HEAD = "#include <nexus-api/nxs_kernel.h>\n"


def kernel(name, body, arguments="NXS_OUT(nxs_int, x)"):
    return f"NXS_KERNEL({name}, {arguments}) {{ NXS_ITEMS {{ {body} }} }}\n"


@pytest.fixture(scope="module")
def language(runtime):
    """Return the library with the kernels that use the whole language."""
    with runtime.get_device(0).compile(SOURCE) as compiled:
        yield compiled


@pytest.fixture(autouse=True)
def _is_there_before(language, _no_object_is_left):
    """Compile the library before objects are counted, since it outlives the tests."""


def test_names_lack_the_prefix(language):
    assert language.get_property_str_vec("SubUnits") == sorted(NAMES)
    with pytest.raises(nexus.LibraryError, match="nearest are 'matmul'"):
        language.get_kernel("matmult")


@pytest.mark.parametrize("make", CASES, ids=NAMES)
def test_results(device, language, make):
    run(make(), device, language)


def test_declared_arguments(language):
    saxpy = language.get_kernel("saxpy")
    assert saxpy.argument_names == ("factor", "x", "y", "count")
    assert [(each.kind, each.data_type.name) for each in saxpy.arguments] == [
        ("scalar", "F32"),
        ("in", "F32"),
        ("out", "F32"),
        ("scalar", "I64"),
    ]
    mixed = language.get_kernel("mixed")
    assert mixed.argument_names == ("x", "y", "changes", "places", "seed")
    assert [(each.kind, each.data_type.name) for each in mixed.arguments] == [
        ("in", "U16"),
        ("out", "U16"),
        ("in", "Undefined"),
        ("out", "U64"),
        ("scalar", "U32"),
    ]


def test_numbers_become_what_the_kernel_declares(device, language):
    with (
        device.create_buffer(np.ones(64, np.float32)) as x,
        device.create_buffer(np.ones(64, np.float32)) as y,
        language.get_kernel("saxpy") as saxpy,
    ):
        # An int for a float, a bool for a 64-bit integer.
        saxpy(2, x, y, True, group_size=64, grid_size=64)
        assert y.numpy().tolist() == [3.0] + [1.0] * 63
        with pytest.raises(TypeError, match=r"is 1\.5, but I64 needs an integer"):
            saxpy(2, x, y, 1.5, group_size=64, grid_size=64)


def test_wrong_kinds_and_types_are_refused(device, language):
    with (
        device.create_buffer(np.ones(64, np.float32)) as x,
        device.create_buffer(np.ones(64, np.int32)) as numbers,
        language.get_kernel("saxpy") as saxpy,
    ):
        with pytest.raises(nexus.NexusError, match=r"1 \(x\) of kernel saxpy is a buff") as caught:
            saxpy(2, 3, x, 64, group_size=64, grid_size=64)
        assert status_of(caught) == "InvalidArgValue"
        with pytest.raises(nexus.NexusError, match=r"0 \(factor\).* is a scalar") as caught:
            saxpy(x, x, x, 64, group_size=64, grid_size=64)
        assert status_of(caught) == "InvalidArgValue"
        with pytest.raises(TypeError, match="argument 2 'y' of kernel 'saxpy' has elements of F32"):
            saxpy(2, x, numbers, 64, group_size=64, grid_size=64)


def test_shared_memory_without_a_size(device, language):
    with (
        device.create_buffer(np.ones(64, np.float32)) as x,
        language.get_kernel("exp") as exp,
    ):
        with pytest.raises(nexus.NexusError, match=r"kernel exp uses .*shared_memory") as caught:
            exp(x, x, 32, group_size=32, grid_size=64)
        assert status_of(caught) == "InvalidProgramExecutable"
        # Others are not asked for any.
        language.get_kernel("reduce")(x, x, 64, group_size=64, grid_size=64)


def test_names_that_mean_something_elsewhere(device):
    names = ["exp", "abs", "dot", "linux", "kernel", "device"]
    text = "".join(kernel(name, f"x[0] = {i};") for i, name in enumerate(names))
    with device.compile(HEAD + text) as library, device.create_buffer((1,), dtype="int32") as x:
        assert library.get_property_str_vec("SubUnits") == sorted(names)
        for i, name in enumerate(names):
            library.get_kernel(name)(x, group_size=1, grid_size=1)
            assert x.numpy().tolist() == [i]


def test_name_with_the_prefix(device):
    """It means the kernel of exactly this name, if there is one."""
    text = HEAD + kernel("one", "x[0] = 1;") + kernel("nxs_kernel_one", "x[0] = 2;")
    both = text + kernel("two", "x[0] = 3;")
    with device.compile(both) as library, device.create_buffer((1,), dtype="int32") as x:
        for name, value in {"one": 1, "nxs_kernel_one": 2, "nxs_kernel_two": 3}.items():
            found = library.get_kernel(name)
            found(x, group_size=1, grid_size=1)
            assert x.numpy().tolist() == [value]
        assert found.get_property_str("Name") == "two"


def test_own_kernels_beside_native_ones(device, source):
    with (
        device.compile(HEAD + kernel("portable", "x[0] = 7;") + source) as library,
        device.create_buffer((1,), dtype="int32") as x,
    ):
        assert {"portable", "increment"} <= set(library.get_property_str_vec("SubUnits"))
        for name in ("portable", "increment"):
            library.get_kernel(name)(x, group_size=1, grid_size=1)
        assert x.numpy().tolist() == [8]


CHANGES = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "byte_order_mark": lambda text: "\N{ZERO WIDTH NO-BREAK SPACE}" + text,
    "utf8": lambda text: f"/* \N{GREEK SMALL LETTER PI} */ {text}",
    "quotes": lambda text: text.replace("<nexus-api/nxs_kernel.h>", '"nexus-api/nxs_kernel.h"'),
    "spaces": lambda text: text.replace("#include <", " # include\t<"),
    "no_space": lambda text: text.replace("#include <", "#include<"),
    "in_a_comment": lambda text: f"/*\n{HEAD}*/\n// {HEAD}{text}",
    "behind_a_comment": lambda text: f"/* about\n * this */ {text}",
    "twice": lambda text: HEAD + text,
}


@pytest.mark.parametrize("change", CHANGES)
def test_texts_of_other_systems(device, change, tmp_path):
    text = CHANGES[change](HEAD + kernel("seven", "x[0] = 7;"))
    broken = CHANGES[change](HEAD + "\n" + kernel("seven", "x[0] = undeclared;"))
    (path := tmp_path / "broken.c").write_bytes(broken.encode())
    with device.compile(text) as library, device.create_buffer((1,), dtype="int32") as x:
        library.get_kernel("seven")(x, group_size=1, grid_size=1)
        assert x.numpy().tolist() == [7]
    with pytest.raises(nexus.LibraryError) as caught:
        device.load_library(path)
    line = broken[: broken.index("undeclared")].count("\n") + 1
    assert re.search(rf"{re.escape(str(path))}[:(]{line}\b.*undeclared", str(caught.value))


def test_error_within_a_macro_is_at_the_users_line(device, tmp_path):
    (path := tmp_path / "barrier.c").write_text(HEAD + kernel("k", "\n\nNXS_BARRIER;"))
    with pytest.raises(nexus.LibraryError, match="end the block before it") as caught:
        device.load_library(path)
    assert re.search(rf"{re.escape(str(path))}[:(]4\b", str(caught.value))


def test_most_arguments(device):
    arguments = [f"NXS_OUT(nxs_int, a{i})" for i in range(31)]
    body = " ".join(f"a{i}[0] = {i};" for i in range(31))
    with device.compile(HEAD + kernel("many", body, ", ".join(arguments))) as library:
        buffers = [device.create_buffer((1,), dtype="int32") for _ in arguments]
        library.get_kernel("many")(*buffers, group_size=1, grid_size=1)
        assert [buffer.numpy()[0] for buffer in buffers] == list(range(31))
        for buffer in buffers:
            buffer.close()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("if (n)\nreturn; x[0] = 1;", "'return' in an item block"),
        ("if (n)\nbreak; x[0] = 1;", "'break' in an item block"),
        ("\ngoto end; end: x[0] = 1;", None),
        ("for (;;) {\nbreak; } x[0] = 1;", None),
        ("/* return; */\nx[0] = 1;", None),
    ],
    ids=["return", "break", "goto_inside", "break_of_a_loop", "comment"],
)
def test_jumps_out_of_item_blocks(device, tmp_path, body, says):
    path = tmp_path / "jumps.c"
    path.write_text(HEAD + kernel("k", body, "NXS_OUT(float, x), NXS_SCALAR(nxs_int, n)"))
    if not says:
        device.load_library(path).close()
        return
    with pytest.raises(nexus.LibraryError, match="use 'continue'") as caught:
        device.load_library(path)
    assert status_of(caught) == "BuildProgramFailure"
    assert f"{path}:3: error: {says}" in str(caught.value)
