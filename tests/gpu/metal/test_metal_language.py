"""Kernels of nxs_kernel.h in Metal's language: its rules, and what is known of arguments."""

import re

import numpy as np
import pytest
from support.errors import status_of

import nexus

HEAD = "#include <nexus-api/nxs_kernel.h>\n"


def refused(device, tmp_path, source):
    """Return what the compiler says about a source in a file, and the file's path."""
    (path := tmp_path / "refused.c").write_text(source)
    with pytest.raises(nexus.LibraryError) as caught:
        device.load_library(path)
    assert status_of(caught) == "BuildProgramFailure"
    return str(caught.value), re.escape(str(path))


@pytest.mark.parametrize(
    "text",
    [
        "NXS_KERNEL(k, NXS_OUT(float, x)) { NXS_ITEMS {\ndouble y = 1; x[0] = y; } }",
        "NXS_KERNEL(k, NXS_IN(float, x),\nNXS_OUT(double, y)) { NXS_ITEMS y[0] = x[0]; }",
    ],
    ids=["variable", "argument"],
)
def test_double(device, tmp_path, text):
    said, path = refused(device, tmp_path, HEAD + text)
    # A macro's arguments are where the macro begins.
    assert re.search(rf"{path}:[23]:\d+: error: 'double' is not supported in Metal", said)


def test_too_many_arguments(device, tmp_path):
    arguments = ", ".join(f"NXS_OUT(nxs_int, a{i})" for i in range(32))
    source = f"{HEAD}\nNXS_KERNEL(many, {arguments}) {{ NXS_ITEMS a0[0] = 1; }}"
    said, path = refused(device, tmp_path, source)
    assert re.search(rf"{path}:3:\d+: error: .*a kernel takes at most 31 arguments", said)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("NXS_ITEMS {\nfloat *p = x; x[0] = p[0]; }", "'thread float .* 'device float"),
        ("NXS_ITEMS {\nNXS_SHARED(float, s, 4); }", "outermost scope of a kernel"),
        ("NXS_SHARED(float, s, 4);\nNXS_GLOBAL_SPACE float *p = s;", "'device float .*threadgroup"),
    ],
    ids=["pointer_without_space", "shared_in_items", "wrong_space"],
)
def test_address_spaces(device, tmp_path, body, says):
    source = f"{HEAD}NXS_KERNEL(k, NXS_OUT(float, x)) {{ {body} }}"
    said, path = refused(device, tmp_path, source)
    assert re.search(rf"{path}:3:\d+: error: .*{says}", said)


def test_structs_are_copied_between_address_spaces(device):
    source = """
    typedef struct { float mass; nxs_int count; } body;
    NXS_KERNEL(turn, NXS_OUT(body, bodies)) {
      NXS_SHARED(body, tile, 2 * 2);
      NXS_ITEMS tile[NXS_LOCAL_ID(0)] = bodies[NXS_LOCAL_ID(0)];
      NXS_BARRIER;
      NXS_ITEMS {
        body own = tile[3 - NXS_LOCAL_ID(0)];
        own.count += 1;
        bodies[NXS_LOCAL_ID(0)] = own;
      }
    }
    """
    bodies = np.array([(1, 1), (2, 2), (3, 3), (4, 4)], [("mass", "f4"), ("count", "i4")])
    with (
        device.compile(HEAD + source) as library,
        device.create_buffer(bodies.view(np.uint8)) as x,
    ):
        library.get_kernel("turn")(x, group_size=4, grid_size=4)
        assert x.numpy().view(bodies.dtype).tolist() == [(4, 5), (3, 4), (2, 3), (1, 2)]


ARGUMENTS = "NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(float, factor)"
BODY = "{ NXS_ITEMS y[0] = x[0] * factor; }\n"
KNOWN = ["in", "out", "scalar"]
# What reflection says alone.
REPORTED = ["in or scalar", "out", "in or scalar"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"NXS_KERNEL(k, {ARGUMENTS}) {BODY}", KNOWN),
        (f"NXS_KERNEL( /* , */ k,\n{ARGUMENTS}) // )\n{BODY}", KNOWN),
        (f"#define MAKE(NAME) NXS_KERNEL(NAME, {ARGUMENTS})\nMAKE(k) {BODY}", REPORTED),
        (
            f"#if 0\nNXS_KERNEL(k, NXS_OUT(float, z)) {{ }}\n#endif\nNXS_KERNEL(k, {ARGUMENTS})"
            f"{BODY}",
            KNOWN,
        ),
        (
            f"#if 0\nNXS_KERNEL(k, {ARGUMENTS.replace('NXS_SCALAR', 'NXS_IN')}) {{ }}\n#else\n"
            f"NXS_KERNEL(k, {ARGUMENTS}) {BODY}#endif\n",
            REPORTED,
        ),
    ],
    ids=["plain", "comments", "own_macro", "another_of_the_name", "another_of_the_names"],
)
def test_kinds_of_arguments(device, text, kinds):
    with device.compile(HEAD + text) as library:
        kernel = library.get_kernel("k")
        assert [argument.kind for argument in kernel.arguments] == kinds
        assert kernel.argument_names == ("x", "y", "factor")


def test_errors_in_a_native_file_name_it(device, tmp_path):
    said, path = refused(device, tmp_path, "\nkernel void k(device int *x) { x[0] = unknown; }")
    assert re.search(rf"{path}:2:\d+: error: .*unknown", said)


def test_native_kernel_without_its_shared_memory(device, library):
    with (
        device.create_buffer(np.ones(32, np.float32)) as x,
        library.get_kernel("total") as total,
        pytest.raises(nexus.NexusError, match="kernel total uses shared memory"),
    ):
        total(x, x, group_size=32, grid_size=32)
