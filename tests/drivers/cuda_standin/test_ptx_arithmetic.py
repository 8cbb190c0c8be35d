"""Instructions of PTX that compute: integers, floats, conversions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

random = np.random.default_rng(7)


def test_functions_of_floats(run: Callable[..., Any]) -> None:
    x = np.array([0.001, 0.5, 1, 2.25, 7, 30, 60], np.float32)
    got = run("functions", [1], [7], x, ..., out=np.zeros((7, 6), np.float32))
    exact = x.astype(np.float64)
    want = [np.exp(exact), np.sqrt(exact), np.sin(exact), np.log(exact), exact**1.5, np.tanh(exact)]
    np.testing.assert_allclose(got, np.array(want).T, rtol=1e-6, atol=1e-7)


def test_sine_of_large_numbers(run: Callable[..., Any]) -> None:
    x = np.array([1e5, 3e6, 1e20], np.float32)
    got = run("functions", [1], [3], x, ..., out=np.zeros((3, 6), np.float32))
    np.testing.assert_allclose(got[:, 2], np.sin(x.astype(np.float64)), rtol=1e-5)


def test_functions_of_doubles(run: Callable[..., Any]) -> None:
    x = np.array([0.01, 0.7, 1, 3, 20, 1e6])
    got = run("double_functions", [1], [6], x, ..., out=np.zeros((6, 3)))
    finite = x < 100
    np.testing.assert_allclose(got[finite, 0], np.exp(x[finite]), rtol=1e-14)
    assert got[-1, 0] == np.inf
    np.testing.assert_allclose(got[:, 1:], np.array([np.tan(x), np.log(x)]).T, rtol=1e-12)


def test_integers(run: Callable[..., Any]) -> None:
    limits = np.array([1, -1, 2**31 - 1, -(2**31), 12345, -54321], np.int32)
    a = np.concatenate([limits, random.integers(-(2**31), 2**31, 58, np.int32)])
    b = np.roll(a, 3)
    got = run("integers", [1], [64], a, b, ..., out=np.zeros((64, 10), np.int64))
    x, y = a.astype(np.int64), b.astype(np.int64)
    quotient = (np.abs(x) // np.abs(y)) * np.sign(x) * np.sign(y)
    unsigned, divisor = x % 2**32, y % 2**32
    bits = [f"{u:032b}" for u in unsigned]
    want = np.array(
        [
            quotient.astype(np.int32),
            np.where(y == -1, 0, x - quotient * y),
            unsigned // divisor,
            (x * y) >> 32,
            (x * y) >> 7,
            [
                t.count("1") + 100 * (32 - len(t.lstrip("0"))) + 10000 * (t[::-1].find("1") + 1)
                for t in bits
            ],
            a.astype(np.int8).astype(np.int64) - b.astype(np.uint8),
            (a >> 3).astype(np.int16) ^ ~b,
            (np.maximum(x, y) % 2**32 - np.minimum(unsigned, divisor)) % 2**32,
            [
                (int(v) % 2**64) // 1000003 + int(f"{w:032b}"[::-1], 2)
                for v, w in zip(x, divisor, strict=True)
            ],
        ]
    ).T
    np.testing.assert_array_equal(got, want)


def test_conversions_round_as_told(run: Callable[..., Any]) -> None:
    x = np.array([0.5, 1.5, 2.5, 2.75, 100.25], np.float32)
    got = run("convert", [1], [5], x, ..., out=np.zeros((5, 6), np.float32))
    up = np.nextafter(x, np.float32(np.inf))
    third = x / np.float32(3)
    down = np.where(
        third.astype(np.float64) * 3 > x.astype(np.float64),
        np.nextafter(third, np.float32(0)),
        third,
    )
    want = [np.rint(x), np.trunc(x), np.floor(x), up, down, np.floor(x) + np.rint(x)]
    np.testing.assert_array_equal(got, np.array(want).T)


def test_narrow_floats(run: Callable[..., Any]) -> None:
    x = np.array([0.1, 1, 3.3333, 1e-7, 200, 70000, -1.2345], np.float32)
    got = run("halves", [1], [7], x, ..., out=np.zeros((7, 2), np.float32))
    with np.errstate(over="ignore"):
        half = x.astype(np.float16)
        np.testing.assert_array_equal(got[:, 0], (half * half).astype(np.float32))
    bits = x.view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    np.testing.assert_array_equal(got[:, 1].view(np.uint32), rounded)
