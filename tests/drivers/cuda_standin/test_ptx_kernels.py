"""Kernels in PTX: grids, shared memory, barriers, calls, variables."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from standins.cuda.client import Driver, Handle

random = np.random.default_rng(7)


def test_vector_add(run: Callable[..., Any]) -> None:
    a, b = random.random((2, 1000), np.float32)
    c = run("add", [8], [128], a, b, ..., np.int32(1000), out=np.zeros(1000, np.float32))
    np.testing.assert_array_equal(c, a + b)


def test_reduction_in_shared_memory(run: Callable[..., Any]) -> None:
    a = random.integers(0, 100, 5000).astype(np.float32)
    parts = run("sum", [3], [128], a, ..., np.int32(5000), out=np.zeros(3, np.float32))
    assert parts.sum() == a.sum()


def test_shared_memory_of_the_launch(run: Callable[..., Any]) -> None:
    a = random.integers(0, 100, 256, np.int32)
    out = run("reverse", [1], [256], a, ..., out=np.zeros(256, np.int32), shared=1024)
    np.testing.assert_array_equal(out, a[::-1])


def test_matrix_product(run: Callable[..., Any]) -> None:
    a, b = random.random((2, 50, 50), np.float32)
    c = run("product", [4, 4], [16, 16], a, b, ..., np.int32(50), out=np.zeros_like(a))
    np.testing.assert_allclose(c, a @ b, rtol=1e-5)


def test_atomics(driver: Driver, module: Handle) -> None:
    a = random.integers(0, 1000, 3000, np.int32)
    zeros = np.zeros(8, np.uint32), np.zeros(1, np.float32), np.zeros(1, np.int32)
    places = [driver.upload(zero) for zero in zeros]
    kernel = driver.function(module, "histogram")
    driver.launch(kernel, [12], [256], [driver.upload(a), *places, np.int32(3000)])
    bins, total, most = (driver.download(p, z) for p, z in zip(places, zeros, strict=True))
    np.testing.assert_array_equal(bins, np.bincount(a & 7))
    assert total == 1500
    assert most == a.max()


def test_local_arrays(run: Callable[..., Any]) -> None:
    out = run("locals", [1], [16], ..., np.int32(5), out=np.zeros(16, np.int32))
    np.testing.assert_array_equal(out[np.arange(16) * 5 % 16], np.arange(16))


def test_calls_and_structs(run: Callable[..., Any]) -> None:
    pair = np.frombuffer(np.array([1.5, 2.5, 3.5], np.float32).tobytes() + b"\x64\0\0\0", np.uint8)
    address_first = np.zeros(8, np.float32)
    # A struct goes by value: not an array in device memory.
    out = run("calls", [1], [8], _Value(pair), ..., out=address_first)
    factorials = [1, 1, 2, 6, 24, 120, 720, 5040]
    want = [2 * [1.5, 2.5, 3.5][i % 3] + 100 + i + factorials[i] for i in range(8)]
    np.testing.assert_array_equal(out, want)


class _Value:
    """An argument that NumPy sees as bytes, and the fixture passes as it is."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self.array


def test_calls_by_pointer(run: Callable[..., Any]) -> None:
    out = run("indirect", [1], [4], ..., out=np.array([1, 2, 3, 4], np.int32))
    np.testing.assert_array_equal(out, [2, 4, 4, 8])


def test_global_and_constant_variables(
    driver: Driver, module: Handle, run: Callable[..., Any]
) -> None:
    out = run("globals", [1], [6], ..., out=np.zeros(6, np.float32))
    np.testing.assert_array_equal(out, [1, 2, 4, 8, 1, 2])
    address, size = Handle(), ctypes.c_size_t()
    driver.cuModuleGetGlobal_v2(ctypes.byref(address), ctypes.byref(size), module, b"counter")
    assert size.value == 4
    assert driver.download(address, np.zeros(1, np.int32)) == 13


def test_branches_by_a_table(run: Callable[..., Any]) -> None:
    out = run("choose", [1], [6], ..., out=np.arange(6, dtype=np.int32))
    np.testing.assert_array_equal(out, [10, 21, 5, -4, 99, -1])


def test_places_in_grid_and_block(run: Callable[..., Any]) -> None:
    out = run("place", [2, 3, 2], [4, 2, 3], ..., out=np.zeros((12, 24), np.int32))
    np.testing.assert_array_equal(out, 1000 * np.arange(12)[:, None] + np.arange(24))


def test_barriers_that_count(run: Callable[..., Any]) -> None:
    for x, want in (([1, 0, 1, 1], 301), ([1, 1, 1, 1], 411), ([0, 0, 0, 0], 0)):
        out = run("votes", [1], [4], np.array(x, np.int32), ..., out=np.zeros(4, np.int32))
        np.testing.assert_array_equal(out, want)
