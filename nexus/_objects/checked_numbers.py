"""Numbers and flags that users pass: checked, and refused with the name of the argument."""

from __future__ import annotations

import operator
from typing import Any

UINT = 0, 2**32 - 1
LONG = -(2**63), 2**63 - 1


def integer(value: Any, name: str, limits: tuple[int, int] | None = LONG) -> int:
    """Return an argument as an int.

    Parameters
    ----------
    value : int or object with ``__index__``
        The argument.
    name : str
        Its name, for messages.
    limits : tuple of int or None
        The least and the greatest value that the C ABI can express; None for any.

    Raises
    ------
    TypeError
        If it is not an integer.
    OverflowError
        If it is out of the limits.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} has to be an int, got {described(value)}") from None
    least, most = limits or (number, number)
    if not least <= number <= most:
        raise OverflowError(
            f"{name} has to be from {shown(least)} to {shown(most)}, got {described(number)}"
        )
    return number


def size(value: Any, name: str, most: int = 2**64 - 1) -> int:
    """Return a size as an int; floats that are whole, such as ``n / 2``, count as integers.

    Raises
    ------
    TypeError
        If it is not a whole number.
    ValueError
        If it is negative.
    OverflowError
        If it is beyond `most`.
    """
    number = _whole(value)
    if number is None:
        raise TypeError(f"{name} has to be an int, got {described(value)}")
    if number < 0:
        raise ValueError(f"{name} cannot be negative, got {described(number)}")
    if number > most:
        raise OverflowError(f"{name} has to be at most {shown(most)}, got {described(number)}")
    return number


def boolean(value: Any, name: str) -> bool:
    """Return an argument as a bool; 0 and 1 count as such.

    Raises
    ------
    TypeError
        If it is anything else, such as text, which would be true whatever it says.
    """
    try:
        number = operator.index(value) if not _is_bool(value) else int(value)
    except TypeError:
        number = -1
    if number not in (0, 1):
        raise TypeError(f"{name} has to be True or False, got {described(value)}")
    return number == 1


def _is_bool(value: Any) -> bool:
    """Return whether a value is a bool of Python or of NumPy."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def seconds(value: Any, name: str) -> float:
    """Return a duration in seconds.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is negative or not a number at all, NaN.
    """
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} has to be a number of seconds, got {described(value)}")
    try:
        number = float(value)
    except OverflowError:
        return float("inf") if value > 0 else seconds(-1.0, name)
    except (TypeError, ValueError):
        raise TypeError(f"{name} has to be a number of seconds, got {described(value)}") from None
    if not number >= 0:
        raise ValueError(f"{name} has to be 0 or more seconds, got {described(value)}")
    return number


def _whole(value: Any) -> int | None:
    """Return a whole number as an int, and None for anything else."""
    try:
        return operator.index(value)
    except TypeError:
        pass
    # Floats of Python and NumPy; integers were found above.
    if hasattr(value, "is_integer") and value.is_integer():
        return int(value)
    return None


def described(value: Any) -> str:
    """Return a value for a message: at most 60 characters of its repr, and its type if cut."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an int of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}: {text[:50]}..."


def shown(limit: int) -> str:
    """Return a limit for a message, large ones as a power of 2."""
    for power in (32, 63, 64):
        if limit == 2**power - 1:
            return f"2**{power} - 1"
    return "-2**63" if limit == -(2**63) else str(limit)
