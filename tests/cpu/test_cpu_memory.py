"""The CPU plugin's memory: reused blocks, and overlapping copies."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nexus
from benchmarks.scale import memory_of_a_buffer

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


@pytest.mark.parametrize("size", [0, 1, 64, 65, 700, 1023, 1024, 1025])
def test_many_small_buffers_have_memory_of_their_own(cpu, size):
    """More than one slab of them, of which every other one is freed and made again."""
    count = 1500

    def create(start):
        return [
            cpu.create_buffer(bytes([number % 251]) * size) for number in range(start, count, 2)
        ]

    kept, dropped = create(0), create(1)
    addresses = [buffer.get_property_int("Value") for buffer in kept + dropped]
    assert len(set(addresses)) == count
    assert {address % 64 for address in addresses} == {0}
    del dropped
    again = create(1)
    for start, buffers in ((0, kept), (1, again)):
        for number, buffer in zip(range(start, count, 2), buffers, strict=True):
            assert buffer.numpy().tobytes() == bytes([number % 251]) * size


def test_small_buffers_in_threads(cpu):
    wrong = []

    def work(value):
        for _ in range(30):
            made = [cpu.create_buffer(bytes([value]) * 64) for _ in range(50)]
            wrong.extend(
                buffer for buffer in made if buffer.numpy().tobytes() != bytes([value]) * 64
            )

    threads = [threading.Thread(target=work, args=(value,)) for value in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(sys.platform != "linux" or SANITIZED, reason="reads /proc, and its own memory")
def test_a_live_small_buffer_needs_250_bytes_in_all_layers():
    assert memory_of_a_buffer(20_000) <= 250


@pytest.mark.skipif(sys.platform != "linux" or SANITIZED, reason="reads /proc, and its own memory")
def test_memory_of_small_buffers_goes_back_to_the_system(cpu):
    def mapped():
        return Path("/proc/self/statm").read_text().split()[1]

    buffers = [cpu.create_buffer(1024) for _ in range(20_000)]
    full = int(mapped())
    buffers.clear()
    # In pages of 4 KiB or more; the objects of Python take a tenth of that.
    assert full - int(mapped()) > 15_000 * 1024 / os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("shape", [(), (0,), (3,), (4,), (2, 3), (1, 0, 5), (1,) * 8])
@pytest.mark.parametrize("dtype", ["I4", "float32", "Undefined"])
def test_the_plugin_knows_the_shape(cpu, shape, dtype):
    buffer = cpu.create_buffer(shape, dtype=dtype)
    assert buffer.get_property_int_vec("Shape") == list(shape)
    assert buffer.get_property_int("Rank") == len(shape)
    assert buffer.get_property_str("DataType") == buffer.data_type.name
