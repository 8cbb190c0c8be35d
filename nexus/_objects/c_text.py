"""Texts for C: bytes without a NUL character."""

from __future__ import annotations

import os


def encoded(text: str) -> bytes:
    """Return a text in UTF-8; raise ValueError if it contains half of a character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the text has {text[error.start]!r} at position {error.start}, which is half of a "
            "character; pass the text as bytes"
        ) from None


def c_string(text: str | bytes, encoding: str | None) -> bytes:
    """Return a text for a C function, in the file system's encoding where `encoding` is None.

    Raises
    ------
    ValueError
        If the text contains a NUL character, which would end it there.
    """
    if isinstance(text, bytes):
        raw = text
    else:
        raw = os.fsencode(text) if encoding is None else encoded(text)
    if b"\0" in raw:
        raise ValueError(f"{text!r} contains a NUL character")
    return raw
