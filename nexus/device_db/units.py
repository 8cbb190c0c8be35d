"""Readable quantities."""

from __future__ import annotations

from typing import Any

_STEPS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
# Digits are grouped from this number on, which excludes years.
_GROUPED = 10_000


def size(count: int) -> str:
    """Return a number of bytes in the largest binary unit that it fills.

    Examples
    --------
    >>> size(512), size(524288), size(25276514304)
    ('512 B', '512 KiB', '23.5 GiB')
    """
    step = min(max(count.bit_length() - 1, 0) // 10, len(_STEPS) - 1)
    value = count / (1 << 10 * step)
    return f"{value:.0f} {_STEPS[step]}" if value == int(value) else f"{value:.1f} {_STEPS[step]}"


def quantity(value: Any, unit: str = "") -> str:
    """Return a single value in its unit.

    Parameters
    ----------
    value : str, bool, int, float or None
        The value.
    unit : str
        Unit such as ``"MHz"``; sizes in ``"bytes"`` are converted to a larger one.

    Examples
    --------
    >>> quantity(65536, "bytes"), quantity(1410, "MHz"), quantity(True), quantity(21100000000)
    ('64 KiB', '1410 MHz', 'yes', '21,100,000,000')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "yes", False: "no"}[value]
    if isinstance(value, str):
        return value
    if unit in ("bytes", "bytes/s") and isinstance(value, int):
        return size(value) + unit.removeprefix("bytes")
    number = f"{value:,}" if abs(value) >= _GROUPED else f"{value}"
    return f"{number} {unit}".rstrip()
