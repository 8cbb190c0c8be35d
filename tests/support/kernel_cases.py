"""What the kernels of kernels.c do to arrays, for every way to run them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SOURCE = Path(__file__).with_name("kernels.c").read_text()


@dataclass
class Case:
    """A launch, and what it must write."""

    kernel: str
    arguments: list[np.generic | Array]
    group: tuple[int, ...]
    grid: tuple[int, ...]
    """Items along each dimension."""
    results: dict[int, Array]
    """The arrays that arguments must be afterwards, by the argument's index."""
    tolerance: float = 0
    shared: int = 0
    """Bytes of shared memory."""

    def require(self, found: dict[int, Array]) -> None:
        """Compare with the arrays that the kernel left."""
        for index, expected in self.results.items():
            np.testing.assert_allclose(found[index], expected, rtol=self.tolerance)


def _random(*shape: int) -> Array:
    return np.random.default_rng(7).random(shape, dtype=np.float32)


def _vector_add() -> Case:
    a, b = _random(2, 1024)
    return Case("vector_add", [a, b, np.zeros_like(a)], (32,), (1024,), {2: a + b})


def _saxpy() -> Case:
    x, y = _random(2, 1024)
    expected = y.copy()
    expected[:1000] += np.float32(2.5) * x[:1000]
    arguments = [np.float32(2.5), x, y, np.int64(1000)]
    return Case("saxpy", arguments, (64,), (1024,), {2: expected}, 1e-6)


def _matmul() -> Case:
    left, right = _random(48, 32), _random(32, 64)
    arguments = [left, right, np.zeros((48, 64), np.float32), np.int32(32)]
    return Case("matmul", arguments, (16, 16), (64, 48), {2: left @ right}, 1e-4)


def _reduce() -> Case:
    x = _random(1000)
    sums = np.add.reduceat(x.astype(np.float64), [0, 256, 512, 768]).astype(np.float32)
    arguments = [x, np.zeros(4, np.float32), np.int32(1000)]
    return Case("reduce", arguments, (256,), (1024,), {1: sums}, 1e-5)


def _histogram() -> Case:
    values = np.random.default_rng(7).integers(10, 250, 5000).astype(np.uint8)
    counts = np.bincount(values, minlength=256).astype(np.uint32)
    ends = np.array([values.min(), values.max()], np.int32)
    arguments = [values, np.zeros(256, np.uint32), np.array([255, 0], np.int32), np.int32(5000)]
    return Case("histogram", arguments, (64,), (512,), {1: counts, 2: ends})


def _exp() -> Case:
    x = _random(8, 32) - np.float32(0.5)
    weights = np.resize(np.array([1, 0.5, 0.25, 0.125], np.float32), 32)
    expected = weights * np.exp(-abs(x)) / np.linalg.norm(x, axis=1, keepdims=True)
    arguments = [x, np.zeros_like(x), np.int32(32)]
    return Case("exp", arguments, (32,), (256,), {1: expected}, 1e-4, shared=128)


def _mixed() -> Case:
    shape = 4, 6, 8
    x = np.random.default_rng(7).standard_normal(shape).astype(np.float16)
    changes = np.array([(0.5, 0), (0, 3)], [("factor", "f4"), ("shift", "i4")])
    z, y, x_place = np.indices(shape, np.uint64)
    local = ((z % 2) * 3 + y % 3) * 4 + x_place % 4
    places = np.uint64(4_000_000_000) * np.uint64(1_000_000_007) + (local << np.uint64(40))
    places += np.arange(x.size, dtype=np.uint64).reshape(shape)
    half = (x.astype(np.float32) * 3 * 0.5 + 3).astype(np.float16)
    bits = x.view(np.uint16)
    arguments = [bits, np.zeros_like(bits), changes, np.zeros(shape, np.uint64)]
    results = {1: half.view(np.uint16), 3: places}
    return Case("mixed", [*arguments, np.uint32(4_000_000_000)], (4, 3, 2), (8, 6, 4), results)


CASES: list[Callable[[], Case]] = [_vector_add, _saxpy, _matmul, _reduce, _histogram, _exp, _mixed]
NAMES = [make.__name__[1:] for make in CASES]


def run(case: Case, device, library) -> None:
    """Run a case on a device of Nexus."""
    arrays = {i: each for i, each in enumerate(case.arguments) if isinstance(each, np.ndarray)}
    buffers = {
        i: device.create_buffer(each.view(np.uint8) if each.dtype.names else each)
        for i, each in arrays.items()
    }
    arguments = [buffers.get(i, each) for i, each in enumerate(case.arguments)]
    sizes: dict[str, Any] = {"group_size": case.group, "grid_size": case.grid}
    if case.shared:
        sizes["shared_memory_size"] = case.shared
    library.get_kernel(case.kernel)(*arguments, **sizes)
    case.require({i: buffers[i].numpy().reshape(arrays[i].shape) for i in case.results})
