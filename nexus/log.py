"""The package's logger, off unless NEXUS_LOG names a level."""

from __future__ import annotations

import logging
import os
import warnings

logger = logging.getLogger("nexus")
_LEVELS = ("debug", "info", "warning", "error")


def configure(level: str | None = None) -> None:
    """Write the package's log to standard error from `level` on.

    Parameters
    ----------
    level : str, optional
        ``"debug"``, ``"info"``, ``"warning"`` or ``"error"``; the environment variable ``NEXUS_LOG``
        where it is not given. Without either, nothing is written: the host program's own
        logging set-up decides.
    """
    level = os.environ.get("NEXUS_LOG", "") if level is None else level
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not level:
        return
    if level.lower() not in _LEVELS:
        known = ", ".join(_LEVELS)
        warnings.warn(f"NEXUS_LOG={level!r} is no level; use one of {known}", stacklevel=3)
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("nexus %(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
