"""Numbers and keywords of launches in C: as the Python method takes and refuses them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.both_paths import Hostile, Whole, outcome, sampled

import nexus
from nexus.kernel import Kernel

TYPES = {
    "Bool": "_Bool",
    "I8": "signed char",
    "U8": "nxs_uchar",
    "I16": "nxs_short",
    "U16": "nxs_ushort",
    "I32": "nxs_int",
    "U32": "nxs_uint",
    "I64": "nxs_long",
    "U64": "nxs_ulong",
    "F32": "float",
    "F64": "double",
}
KEEP = """
NXS_KERNEL(keep_{0}, NXS_OUT({1}, out), NXS_SCALAR({1}, value)) {{
  NXS_ITEMS out[NXS_GLOBAL_ID(0)] = value;
}}
"""
SIZES = {"group_size": 2, "grid_size": 2}


class Floating(float):
    """A float of a class of its own."""


class Refusing:
    """An object whose conversion to a float raises."""

    def __float__(self):
        raise ZeroDivisionError("no float")


class Indexing:
    """An object that counts as an int."""

    def __index__(self):
        return 5


EDGES = [
    sign * 2**bits + more for bits in (7, 8, 15, 16, 24, 31, 32, 53, 63, 64) for sign in (1, -1)
    for more in (-1, 0, 1)
]  # fmt: skip
# The largest F32, the numbers around half a step beyond it, and the smallest ones.
FLOATS = (3.4028234663852886e38, 3.4028235677973362e38, 3.4028235677973366e38, 1e39, 1e-46, 5e-324)
NUMPY = [np.dtype(code).type for code in "?bhilqBHILQefdg"]
NUMBERS = (
    sampled(*EDGES, 2**1024, -(2**1100))
    | st.integers(-(2**66), 2**66)
    | st.integers(-3, 3)
    | st.floats()
    | sampled(*FLOATS, *(-value for value in FLOATS), 0.0, -0.0, 1.0, 0.5)
    | st.booleans()
)
ODD = (
    sampled(None, "1", b"1", 1j, Whole(1), Floating(1.0), Fraction(1, 2), Decimal(1), [1], ())
    | st.builds(Hostile)
    | st.builds(Refusing)
    | st.builds(Indexing)
    | sampled(np.array(3), np.array([3.0]), np.complex64(1), np.datetime64(1, "s"), np.str_("1"))
)


@pytest.fixture(scope="module")
def library(cpu):
    kernels = "".join(KEEP.format(name, c_type) for name, c_type in TYPES.items())
    return cpu.compile("#include <nexus-api/nxs_kernel.h>\n" + kernels)


@pytest.fixture(scope="module")
def kernels(library):
    """Kernels that store a scalar in both items of a buffer, by the type."""
    found = {name: library.get_kernel(f"keep_{name}") for name in TYPES}
    for kernel in found.values():
        assert kernel._element_types()
    return found


@pytest.fixture(scope="module")
def outs(cpu):
    return {name: cpu.create_buffer((2,), dtype=name) for name in TYPES}


def both(kernel, out, value, **keywords):
    """Compare a call with the method in Python: what it returns or raises, and what it stores."""
    results = []
    for call in (kernel._python___call__, kernel):
        out.fill(0)
        result = outcome(call, (out, value), keywords)
        results.append((result, out.numpy().tobytes()))
    assert results[0] == results[1]
    return results[0]


def converted(number, kind):
    """Return a number as one of NumPy's, as far as that type can express it."""
    with np.errstate(all="ignore"):
        try:
            return kind(number)
        except (OverflowError, ValueError):
            return kind(1)


@settings(max_examples=600, deadline=None)
@given(sampled(*TYPES), NUMBERS | ODD)
@example("F32", float("nan"))
@example("F64", float("nan"))
@example("U64", 2**64 - 1)
def test_numbers(kernels, outs, name, value):
    both(kernels[name], outs[name], value, **SIZES)


@settings(max_examples=600, deadline=None)
@given(sampled(*TYPES), NUMBERS, sampled(*NUMPY))
def test_numbers_of_numpy(kernels, outs, name, number, kind):
    both(kernels[name], outs[name], converted(number, kind), **SIZES)


@pytest.mark.parametrize("name", TYPES)
def test_usual_numbers_do_not_reach_python(kernels, outs, name, monkeypatch):
    calls = []
    monkeypatch.setattr(Kernel, "_python___call__", lambda *args, **keywords: calls.append(args))
    values = [1, True, np.uint8(1), np.int64(1), np.bool_(1)]
    values += [1.0, np.float32(1), np.float64(1)] if name in ("Bool", "F32", "F64") else []
    for value in values:
        outs[name].fill(0)
        status = kernels[name](outs[name], value, **SIZES, shared_memory_size=8, blocking=True)
        assert status is nexus.status.NXS_Success
        assert outs[name].numpy().tolist() == [1, 1]
    assert not calls
    kernels[name](outs[name], Whole(1), **SIZES)
    assert len(calls) == 1


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_keywords(cpu, kernels, outs, data):
    closed = cpu.create_stream()
    closed.close()
    with cpu.create_stream() as stream:
        values = {
            "shared_memory_size": sampled(0, 8, 4096, 2**31, 2**32, -1, True, Whole(8), 8.0, None),
            "blocking": sampled(True, False, 1, 0, None, np.True_, "no"),
            "stream": sampled(None, stream, stream, closed, cpu, 3),
            "colour": sampled(1),
        }
        names = data.draw(st.lists(sampled(*values), unique=True))
        keywords = {name: data.draw(values[name]) for name in names}
        sizes = data.draw(sampled(SIZES, SIZES, SIZES, {"grid_size": 2}, {"group_size": 2**20}))
        result, stored = both(kernels["I32"], outs["I32"], 7, **keywords, **sizes)
        if result is nexus.status.NXS_Success:
            assert np.frombuffer(stored, np.int32).tolist() == [7, 7]
        stream.synchronize()


def test_a_launch_in_c_that_does_not_block(cpu, kernels, outs, monkeypatch):
    monkeypatch.delattr(Kernel, "_python___call__")
    out, kernel = outs["I32"], kernels["I32"]
    with cpu.create_stream() as stream:
        gate = cpu.create_event()
        schedule = cpu.create_schedule()
        schedule.create_wait_command(gate)
        schedule.run(stream, blocking=False)
        kernel(out, 5, **SIZES, stream=stream, blocking=False)
        assert stream.get_property_str("Status") == "Running"
        gate.signal()
        stream.synchronize()
    assert out.numpy().tolist() == [5, 5]
