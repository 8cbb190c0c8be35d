"""Plain functions that are called for ranges of groups."""

from __future__ import annotations

import numpy as np
import pytest
from support.abi import SOURCE, Abi

import nexus
from nexus._ffi import ffi

RANGES = """
#define EXPORT __attribute__((visibility("default")))
void _cpu_barrier(void *);
EXPORT void add(const float *a, const float *b, float *c, const int *n, const int *size,
                const int *id, void *shared, void *barrier) {
  for (int group = id[0]; group < id[1]; ++group) {
    const int i = group * size[3] + id[2];
    if (i < *n) c[i] = a[i] + b[i];
  }
}
/* How often each item is executed, the range and the lane that it belongs to. */
EXPORT void visits(int *out, const int *size, const int *id, void *shared, void *barrier) {
  for (int group = id[0]; group < id[1]; ++group) {
    int *const mine = out + 4 * (group * size[3] + id[2]);
    ++mine[0];
    mine[1] = id[0];
    mine[2] = id[1];
    mine[3] = id[2] + 1000 * (id[3] + id[4] + id[5]);
  }
}
EXPORT void sizes(int *out, const int *size, const int *id, int *shared, void *barrier) {
  if (id[0] == 0 && id[2] == 0)
    for (int i = 0; i < 6; ++i) out[i] = size[i];
}
EXPORT void reverse(float *x, const int *size, const int *id, float *shared, void *barrier) {
  for (int group = id[0]; group < id[1]; ++group) {
    float *const part = x + group * size[3];
    shared[id[2]] = part[id[2]];
    _cpu_barrier(barrier);
    part[id[2]] = shared[size[3] - 1 - id[2]];
    _cpu_barrier(barrier);
  }
}
"""
MARKER = '__attribute__((visibility("default"))) const int nxs_kernel_convention = {};\n'


@pytest.fixture
def ranges(cpu):
    return cpu.compile(RANGES, convention="groups")


def sums(cpu, library):
    a, b = (np.random.default_rng(seed).random(1000, dtype=np.float32) for seed in (1, 2))
    out = cpu.create_buffer(np.zeros_like(a))
    arguments = (cpu.create_buffer(a), cpu.create_buffer(b), out, a.size)
    library.get_kernel("add")(*arguments, group_size=64, grid_size=1024)
    return out.numpy(), a + b


def by_setting(cpu, build):
    return cpu.compile(RANGES, convention="groups")


def by_setting_of_bytes(cpu, build):
    return cpu.load_library(build(RANGES, "ranges").read_bytes(), convention="groups")


def by_setting_of_file(cpu, build):
    return cpu.load_library(build(RANGES, "ranges"), convention="groups")


def by_marker(cpu, build):
    return cpu.load_library(build(RANGES + MARKER.format(2), "ranges"))


def by_marker_of_source(cpu, build):
    return cpu.compile(RANGES + MARKER.format(2))


def by_marker_of_the_header(cpu, build):
    marker = "#include <nexus-api/nxs_kernel.h>\nconst int nxs_kernel_convention = 2;\n"
    return cpu.compile(marker + RANGES)


def against_its_marker(cpu, build):
    return cpu.compile(RANGES + MARKER.format(1), convention="groups")


@pytest.mark.parametrize(
    "load",
    [
        by_setting,
        by_setting_of_bytes,
        by_setting_of_file,
        by_marker,
        by_marker_of_source,
        by_marker_of_the_header,
        against_its_marker,
    ],
)
def test_the_setting_or_the_marker_chooses_ranges(cpu, build, load):
    found, expected = sums(cpu, load(cpu, build))
    assert (found == expected).all()


def test_functions_for_ranges_do_not_work_as_functions_for_items(cpu):
    # Items are told {group, 0, 0, item, ...}: an empty range.
    found, expected = sums(cpu, cpu.compile(RANGES + MARKER.format(1)))
    assert (found != expected).any()


def test_ranges_are_disjoint_and_cover_all_groups(cpu, ranges):
    groups, lanes = 100_000, 4
    out = cpu.create_buffer(np.zeros((groups, lanes, 4), np.int32))
    for run in (1, 2, 3):
        ranges.get_kernel("visits")(out, group_size=lanes, grid_size=groups * lanes)
        visits = out.numpy()
        assert (visits[:, :, 0] == run).all()
        group = np.arange(groups)[:, None]
        assert ((visits[:, :, 1] <= group) & (group < visits[:, :, 2])).all()
        assert (visits[:, :, 3] == np.arange(lanes)).all()


@pytest.mark.parametrize("lanes", [1, 2, 64, 1024])
def test_lanes_wait_for_each_other_in_each_group(cpu, ranges, lanes):
    data = np.random.default_rng(1).random(1 << 14, dtype=np.float32)
    x = cpu.create_buffer(data)
    reverse = ranges.get_kernel("reverse")
    reverse(x, group_size=lanes, grid_size=data.size, shared_memory_size=4 * lanes)
    assert (x.numpy().reshape(-1, lanes) == data.reshape(-1, lanes)[:, ::-1]).all()


def test_groups_of_a_grid_of_three_dimensions_are_numbered_x_first(cpu, ranges):
    out = cpu.create_buffer(np.zeros((24, 2, 4), np.int32))
    ranges.get_kernel("visits")(out, group_size=(2, 1, 1), grid_size=(8, 3, 2))
    assert (out.numpy()[:, :, 0] == 1).all()
    size = cpu.create_buffer(6, "int32")
    ranges.get_kernel("sizes")(size, group_size=(2, 1, 1), grid_size=(8, 3, 2))
    assert size.numpy().tolist() == [4, 3, 2, 2, 1, 1]


@pytest.mark.parametrize("group", [(4, 2, 1), (4, 1, 2)])
def test_groups_of_more_than_one_dimension_are_refused(cpu, ranges, group):
    out = cpu.create_buffer(1 << 10)
    with pytest.raises(nexus.NexusError, match="exceeds 1 items along dimension") as caught:
        ranges.get_kernel("visits")(out, group_size=group, grid_size=(8, 4, 4))
    assert caught.value.status is nexus.status.NXS_InvalidWorkGroupSize


def test_more_groups_than_an_int_can_number_are_refused(cpu, ranges):
    with pytest.raises(nexus.NexusError, match="exceeds 2147483647 groups") as caught:
        ranges.get_kernel("visits")(
            cpu.create_buffer(64), group_size=1, grid_size=(1 << 16, 1 << 15, 1)
        )
    assert caught.value.status is nexus.status.NXS_InvalidGlobalWorkSize


def test_the_marker_is_no_kernel(cpu):
    library = cpu.compile(RANGES + MARKER.format(2))
    kernels = library.get_property_str_vec("SubUnits")
    assert sorted(kernels) == ["add", "reverse", "sizes", "visits"]
    with pytest.raises(nexus.LibraryError, match="no kernel 'nxs_kernel_convention'"):
        library.get_kernel("nxs_kernel_convention")


@pytest.mark.parametrize("mark", [0, 3, -1])
def test_unknown_markers_are_refused(cpu, mark):
    with pytest.raises(nexus.LibraryError, match=f"nxs_kernel_convention is {mark},"):
        cpu.compile(RANGES + MARKER.format(mark))


def test_work_group_functions_are_not_affected(cpu):
    library = cpu.compile(
        "#include <nexus-api/nxs_kernel.h>\n"
        "NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS { x[NXS_GLOBAL_ID(0)] *= 2; } }",
        convention="groups",
    )
    x = cpu.create_buffer(np.ones((4, 8), np.float32))
    library.get_kernel("twice")(x, group_size=(8, 1, 1), grid_size=(32, 1, 1))
    assert (x.numpy() == 2).all()


@pytest.mark.parametrize("load", ["compile", "load_library"])
def test_other_conventions_are_refused(cpu, load):
    with pytest.raises(ValueError, match="'ranges' is neither 'items' nor 'groups'"):
        getattr(cpu, load)(RANGES.encode(), convention="ranges")
    with pytest.raises(TypeError, match="convention as a str, got int"):
        getattr(cpu, load)(RANGES.encode(), convention=1)


def test_a_kernel_cannot_take_the_name_of_the_marker(cpu):
    source = (
        "#include <nexus-api/nxs_kernel.h>\nNXS_KERNEL(convention, NXS_OUT(float, x)) { x[0] = 1; }"
    )
    with pytest.raises(nexus.LibraryError, match="nxs_kernel_convention"):
        cpu.compile(source)


@pytest.mark.parametrize("settings", [2, 3, 1 << 31])
def test_unknown_settings_of_libraries_are_refused(settings, tmp_path):
    abi = Abi("cpu")
    path = tmp_path / "kernels.c"
    path.write_bytes(SOURCE)
    image = ffi.from_buffer(SOURCE)
    assert abi.failure("CreateLibrary", 0, image, len(image), settings) == "InvalidValue"
    assert abi.failure("CreateLibraryFromFile", 0, bytes(path), settings) == "InvalidValue"
