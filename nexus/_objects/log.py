"""The package's log, off unless NEXUS_LOG names a level."""

from __future__ import annotations

import os
import sys
import warnings

_LEVELS = ("debug", "info", "warning", "error")


def configure(level: str | None = None) -> None:
    """Write the package's log to standard error from `level` on.

    Parameters
    ----------
    level : str, optional
        ``"debug"``, ``"info"``, ``"warning"`` or ``"error"``; the environment variable
        ``NEXUS_LOG`` where it is not given. Without either, the logger ``nexus`` has no handler of
        its own, and the program's logging decides.
    """
    level = os.environ.get("NEXUS_LOG", "") if level is None else level
    if not level:
        return
    if level.lower() not in _LEVELS:
        known = ", ".join(_LEVELS)
        warnings.warn(f"NEXUS_LOG={level!r} is not a level; use one of {known}", stacklevel=3)
        return
    import logging

    logger = logging.getLogger("nexus")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("nexus %(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False


def write(level: str, message: str, *values: object) -> None:
    """Log a message of a level, whose ``%`` places are filled with `values`."""
    # Logging is slow to import, and whoever listens has imported it.
    logging = sys.modules.get("logging") if sys is not None else None
    if logging is None:
        return
    logger = logging.getLogger("nexus")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    getattr(logger, level)(message, *values)
