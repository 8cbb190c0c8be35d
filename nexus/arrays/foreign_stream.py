"""Waits for streams of other libraries, which the CUDA array interface refers to.

It calls the driver, since a plugin knows only the streams that it created.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from typing import Any

# As in plugins/hip, which has opened the first that there is.
_HIP = [f"libamdhip64.so{end}" for end in (".7", ".6", ".5", "")]
_LEGACY_DEFAULT = 1


def synchronize(runtime: str, stream: int, index: int) -> None:
    """Wait until all work submitted to a stream of a device has ended.

    Parameters
    ----------
    runtime : str
        Name of the device's runtime, ``"cuda"`` or ``"hip"``.
    stream : int
        The stream as the CUDA array interface has it: 1 for the legacy default stream, 2 for that
        of this thread, or the driver's handle.
    index : int
        Number of the device in the driver.

    Raises
    ------
    BufferError
        If the work failed, or the driver does not know the stream.
    """
    if not stream:
        raise BufferError(
            "stream 0 is ambiguous; the CUDA array interface numbers the default streams 1 and 2"
        )
    # The default streams are those of the current device.
    if runtime == "hip":
        with _hip_device(index, stream) as driver:
            # HIP's legacy default stream is NULL.
            handle = None if stream == _LEGACY_DEFAULT else stream
            _check(driver.hipStreamSynchronize(ctypes.c_void_p(handle)), stream)
    else:
        with _cuda_device(index, stream) as driver:
            _check(driver.cuStreamSynchronize(ctypes.c_void_p(stream)), stream)


@contextlib.contextmanager
def _cuda_device(index: int, stream: int) -> Iterator[Any]:
    """Make a device's primary context current, and return the driver."""
    driver, context = ctypes.CDLL("libcuda.so.1"), ctypes.c_void_p()
    _check(driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), index), stream)
    try:
        _check(driver.cuCtxPushCurrent_v2(context), stream)
        try:
            yield driver
        finally:
            driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    finally:
        driver.cuDevicePrimaryCtxRelease_v2(index)


@contextlib.contextmanager
def _hip_device(index: int, stream: int) -> Iterator[Any]:
    """Make a device current, and return the driver."""
    driver, before = _first_of(_HIP), ctypes.c_int()
    _check(driver.hipGetDevice(ctypes.byref(before)), stream)
    _check(driver.hipSetDevice(index), stream)
    try:
        yield driver
    finally:
        driver.hipSetDevice(before)


def _first_of(names: list[str]) -> ctypes.CDLL:
    for name in names[:-1]:
        with contextlib.suppress(OSError):
            return ctypes.CDLL(name)
    return ctypes.CDLL(names[-1])


def _check(result: int, stream: int) -> None:
    if result:
        raise BufferError(f"waiting for stream {stream:#x} failed with the driver's error {result}")
