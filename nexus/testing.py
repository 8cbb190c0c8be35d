"""Helpers for the tests of programs that use Nexus."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nexus.check import TARGETS, Launch, Report, check_file


def check_kernel(
    source: str | Path,
    *kernels: str,
    launch: Launch | None = None,
    targets: Sequence[str] = TARGETS,
    **options: Any,
) -> Report:
    """Check kernels as ``nexus check`` does, and fail if something is wrong with them.

    Parameters
    ----------
    source : str or Path
        The text, in C; or the path of a file.
    *kernels : str
        Which of its kernels; by default all.
    launch : nexus.check.Launch, optional
        Arguments and sizes; by default several are generated.
    targets : sequence of str
        What else it must compile for, where the compiler is on this machine.
    **options : object
        ``seed`` and ``timeout`` of `nexus.check.check_file`.

    Returns
    -------
    nexus.check.Report
        Without findings.

    Raises
    ------
    AssertionError
        If something is wrong; the message holds the findings.
    ValueError
        If there is no such kernel, or the launch lacks an argument.

    Examples
    --------
    >>> from nexus.testing import check_kernel
    >>> source = '''#include <nexus-api/nxs_kernel.h>
    ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS { x[NXS_GLOBAL_ID(0)] *= 2.0f; } }
    ... '''
    >>> check_kernel(source, targets=()).kernels
    ['twice']
    """
    __tracebackhide__ = True
    if isinstance(source, Path):
        report = check_file(source, kernels, launch, targets, **options)
    else:
        with tempfile.TemporaryDirectory(prefix="nexus-check-") as folder:
            file = Path(folder, "source.c")
            file.write_text(source, encoding="utf-8")
            report = check_file(file, kernels, launch, targets, **options)
    if report.findings:
        raise AssertionError(str(report))
    return report
