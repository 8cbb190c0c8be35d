"""Waits for CUDA streams of other libraries, which the CUDA array interface refers to.

It calls the driver, since a plugin knows only the streams that it created.
"""

from __future__ import annotations

import ctypes


def synchronize(stream: int, index: int) -> None:
    """Wait until all work submitted to a stream of a device has ended.

    Parameters
    ----------
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
        raise BufferError(f"waiting for stream {stream:#x} failed with CUDA error {result}")
