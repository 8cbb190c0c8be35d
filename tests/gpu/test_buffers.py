"""Memory of a GPU."""

import numpy as np
import pytest

import nexus


@pytest.mark.parametrize("size", [1, 3, 4096, 1 << 20, (16 << 20) + 5])
def test_round_trip(device, settings, size):
    data = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    with device.create_buffer(data, settings=settings) as buffer:
        np.testing.assert_array_equal(buffer.numpy(), data)
        buffer.copy_from(data[::-1])
        np.testing.assert_array_equal(buffer.numpy(), data[::-1])


def test_new_memory_is_zero(device, settings):
    for _ in range(3):
        with device.create_buffer(10_000, settings=settings) as buffer:
            assert not buffer.numpy().any()
            buffer.fill(255)


def test_nothing_is_a_size(device, settings):
    with device.create_buffer(0, settings=settings) as buffer:
        assert buffer.numpy().size == 0


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 16, 24, 32, 100])
@pytest.mark.parametrize("times", [1, 2, 3, 1000])
def test_fill(device, settings, size, times):
    pattern = bytes(range(1, size + 1))
    with device.create_buffer(size * times, settings=settings) as buffer:
        buffer.fill(pattern)
        assert buffer.numpy().tobytes() == pattern * times


def test_copy_from_and_to_the_cpu(device, settings):
    cpu = nexus.get_runtime("cpu").get_device(0)
    data = np.arange(100, dtype=np.float64)
    with (
        cpu.create_buffer(data) as host,
        device.create_buffer(host, settings=settings) as there,
        cpu.copy_buffer(there) as back,
    ):
        np.testing.assert_array_equal(back.numpy(), data)


def test_too_much_memory(device):
    most = max(device.get_property_int(name) for name in ("GlobalMemorySize", "MaxBufferSize"))
    with pytest.raises(nexus.OutOfMemoryError):
        device.create_buffer(most * 4)
