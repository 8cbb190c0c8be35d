"""Streams of other libraries on CUDA devices, which the CUDA array interface tells of.

The driver itself is asked, since plugins know their own streams only.
"""

from __future__ import annotations

import ctypes


def synchronize(stream: int, index: int) -> None:
    """Return when the work is done that a stream of a device has been given.

    Parameters
    ----------
    stream : int
        In the terms of the CUDA array interface: 1 for the legacy default stream, 2 for that of
        this thread, or the driver's own.
    index : int
        Number of the device.

    Raises
    ------
    BufferError
        If the work failed, or the driver does not know the stream.
    """
    if not stream:
        raise BufferError("stream 0 may be either default stream; the interface calls them 1 and 2")
    driver, context = ctypes.CDLL("libcuda.so.1"), ctypes.c_void_p()
    _check(driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), index), stream)
    try:
        # The default streams are those of the current context.
        _check(driver.cuCtxPushCurrent_v2(context), stream)
        try:
            _check(driver.cuStreamSynchronize(ctypes.c_void_p(stream)), stream)
        finally:
            driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    finally:
        driver.cuDevicePrimaryCtxRelease_v2(index)


def _check(result: int, stream: int) -> None:
    if result:
        raise BufferError(f"the driver cannot wait for stream {stream:#x}: CUDA error {result}")
