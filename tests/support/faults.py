"""Child processes that are ended by a fault on purpose."""

from __future__ import annotations

import os


def fault_environment() -> dict[str, str]:
    """Return variables by which AddressSanitizer, if it is preloaded, leaves faults alone."""
    signals = ("segv", "sigbus", "sigfpe", "sigill", "abort")
    options = [os.environ.get("ASAN_OPTIONS", ""), *(f"handle_{name}=0" for name in signals)]
    return {"ASAN_OPTIONS": ":".join(filter(None, options))}
