"""The CPU plugin's memory: reused blocks, and overlapping copies."""

from __future__ import annotations

import os

import numpy as np
import pytest

import nexus

MIB = 1 << 20
SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")


@pytest.mark.parametrize("size", [1, 63, 64, 4096, MIB - 1, MIB, 3 * MIB + 5, 40 * MIB])
def test_reused_memory_is_zeroed(cpu, size):
    small = size <= 4096
    before = [cpu.create_buffer(np.full(size, 0xAB, np.uint8)) for _ in range(300 if small else 2)]
    assert all(buffer.numpy().min() == 0xAB for buffer in before)
    used = [buffer.get_property_int("Value") for buffer in before]
    del before
    after = [cpu.create_buffer(size) for _ in range(300 if small else 2)]
    if small and not SANITIZED:
        # Larger blocks of zeros are pages that are new, and AddressSanitizer keeps freed ones back.
        now = [buffer.get_property_int("Value") for buffer in after]
        assert any(old <= new < old + max(size, 64) for old in used for new in now)
    assert all(buffer.numpy().max() == 0 for buffer in after)
    data = np.arange(size, dtype=np.uint32).astype(np.uint8)
    for _ in range(3):
        with cpu.create_buffer(data) as buffer:
            host = np.zeros(size, np.uint8)
            buffer.copy(host)
            assert (host == data).all()


@pytest.mark.parametrize("size", [8, MIB, 2 * MIB])
def test_buffers_are_aligned_for_vectors(cpu, size):
    for _ in range(3):
        assert cpu.create_buffer(size).get_property_int("Value") % 64 == 0


def test_a_wrapped_buffer_and_its_own_memory(cpu):
    memory = np.arange(1000, dtype=np.uint8)
    buffer = cpu.create_buffer(memory[100:900], copy=False)
    assert buffer.copy(memory[100:900]) is nexus.status.NXS_Success
    assert buffer.copy_from(memory[100:900]) is nexus.status.NXS_Success
    before = memory.copy()
    for start in (0, 99, 101, 200):
        other = memory[start : start + 800]
        for call in (buffer.copy, buffer.copy_from):
            with pytest.raises(nexus.NexusError, match="overlap") as caught:
                call(other)
            assert caught.value.status is nexus.status.NXS_MemCopyOverlap
    assert (memory == before).all()


@pytest.mark.parametrize("pattern", [b"\1", b"\1\2", b"abc", bytes(range(96)), bytes(range(240))])
@pytest.mark.parametrize("repeats", [1, 1000, 30_000])
def test_fills(cpu, pattern, repeats):
    buffer = cpu.create_buffer(len(pattern) * repeats)
    buffer.fill(pattern)
    assert buffer.numpy().tobytes() == pattern * repeats
