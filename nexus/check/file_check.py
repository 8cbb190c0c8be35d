"""Checks the kernels of a source: runs the worker, and starts it again where a kernel ends it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nexus.check import check_worker, oclgrind, target_compilers
from nexus.check.finding import Finding
from nexus.check.target_compilers import TARGETS, Target
from nexus.compilers import CompilerNotFoundError


@dataclass(frozen=True)
class Report:
    """What a check has shown.

    Attributes
    ----------
    kernels : list of str
        The kernels that were checked, in the order of the source.
    findings : list of Finding
        What is wrong.
    targets : list of Target
        For which targets the source compiles.
    """

    kernels: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [str(finding) for finding in self.findings]
        lines += [f"{target.name}: {target.result}" for target in self.targets]
        return "\n".join(lines)


@dataclass(frozen=True)
class Launch:
    """Real arguments and sizes to check kernels with, in place of generated ones.

    Attributes
    ----------
    arguments : mapping of str to object
        For each argument by its name: an array; or for a buffer the number of its elements, and for
        a scalar its value.
    group_size, grid_size : sequence of 1 to 3 int
        Items of a group, and in all, along each dimension.
    shared_memory_size : int
        Bytes that the items of a group share, in addition to what the kernel declares.
    """

    arguments: Mapping[str, Any]
    group_size: Sequence[int]
    grid_size: Sequence[int]
    shared_memory_size: int = 0


def check_file(
    path: str | os.PathLike[str],
    kernels: Sequence[str] = (),
    launch: Launch | None = None,
    targets: Sequence[str] = TARGETS,
    seed: int = 1,
    timeout: float = 60.0,
) -> Report:
    """Check the kernels of a file.

    Parameters
    ----------
    path : path
        Source in the language of ``nexus-api/nxs_kernel.h``; C++ if the name ends in .cpp, .cc or
        .cxx, else C.
    kernels : sequence of str
        Which of its kernels; all if it is empty.
    launch : Launch, optional
        Arguments and sizes; by default several are generated.
    targets : sequence of str
        What else it must compile for: of ``"cuda"``, ``"hip"``, ``"metal"`` and ``"opencl"``.
    seed : int
        Of the generated inputs: the same seed yields the same findings.
    timeout : float
        Seconds for each kernel.

    Returns
    -------
    Report
        What is wrong, and which targets could not be checked.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it has no such kernel, or the launch lacks an argument or has one that does not fit.
    CompilerNotFoundError
        If there is no compiler for this machine's processor.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from nexus.check import check_file
    >>> source = '''#include <nexus-api/nxs_kernel.h>
    ... NXS_KERNEL(twice, NXS_OUT(float, x)) { NXS_ITEMS { x[NXS_LOCAL_ID(0)] *= 2.0f; } }
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "twice.c")
    ...     _ = file.write_text(source)
    ...     report = check_file(file, targets=())
    >>> [finding.kind for finding in report.findings]
    ['race']
    """
    path = Path(path)
    text = path.read_text(encoding="utf-8-sig")
    with (
        tempfile.TemporaryDirectory(prefix="nexus-check-") as folder,
        ThreadPoolExecutor(1) as pool,
    ):
        compiled = pool.submit(target_compilers.compile_all, tuple(targets), text, str(path))
        own = _Run(path, Path(folder), tuple(kernels), launch, seed, timeout)
        names, findings = own.run()
        results = compiled.result()
        simulated = oclgrind.run(own.request, timeout) if launch and oclgrind.driver() else None
    findings += [finding for _, finding in results if finding]
    reached = [target for target, _ in results]
    if simulated:
        reached.append(simulated[0])
        findings += oclgrind.new_findings(findings, simulated[1])
    return Report(names, findings, reached)


class _Run:
    def __init__(
        self,
        path: Path,
        folder: Path,
        kernels: tuple[str, ...],
        launch: Launch | None,
        seed: int,
        timeout: float,
    ) -> None:
        self._folder = folder
        self._timeout = timeout
        self._path = path
        arguments: dict[str, Any] = {}
        for name, value in (launch.arguments if launch else {}).items():
            if isinstance(value, np.ndarray):
                file = folder / f"{name}.npy"
                np.save(file, value)
                value = str(file)
            arguments[name] = value
        self.request: check_worker.Request = {
            "source": str(path.absolute()),
            "name": str(path),
            "folder": str(folder),
            "kernels": list(kernels),
            "skip": [],
            "seed": seed,
            "limit": min(1.0, timeout / 4),
            "arguments": arguments,
            "group": list(launch.group_size) if launch else [],
            "grid": list(launch.grid_size) if launch else [],
            "shared": launch.shared_memory_size if launch else 0,
        }

    def run(self) -> tuple[list[str], list[Finding]]:
        """Return the kernels' names, and what is wrong with them."""
        findings: list[Finding] = []
        while True:
            running, lines, ended, why = self._work()
            for line in lines:
                if "problem" in line:
                    raise CompilerNotFoundError(line["problem"])
                if "wrong" in line:
                    raise ValueError(line["wrong"])
                if "refused" in line:
                    return [], self._refused(line["refused"])
                if "finding" in line:
                    own = line["finding"]
                    own["item"] = tuple(own["item"]) if own["item"] else None
                    findings.append(Finding(**own))
            names: dict[str, int] = next(
                (line["kernels"] for line in lines if "kernels" in line), {}
            )
            if ended:
                ordered = sorted(names, key=lambda name: names[name])
                wanted = self.request["kernels"]
                return [name for name in ordered if not wanted or name in wanted], findings
            if not running:
                raise RuntimeError(f"the check of {self._path} ended: {why}")
            done = [line["end"] for line in lines if "end" in line]
            kind = "endless" if why == "" else "crash"
            message = (
                f"the kernel did not end within {self._timeout:g} s"
                if kind == "endless"
                else f"the kernel ended the process that ran it: {why}"
            )
            findings.append(Finding(kind, running, str(self._path), names[running], message))
            self.request["skip"] += [*done, running]

    def _work(self) -> tuple[str, list[dict[str, Any]], bool, str]:
        """Run the worker: return the kernel that it was at, what it said, and how it ended."""
        name = check_worker.__name__
        command = [sys.executable, "-c", f"from {name} import main; main()"]
        environment = {**os.environ, "NEXUS_CPU_DEBUG": "1"}
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process:
            count = len(self.request["kernels"]) or 8
            try:
                said, errors = process.communicate(
                    json.dumps(self.request), timeout=self._timeout * count
                )
                late = False
            except subprocess.TimeoutExpired:
                process.kill()
                said, errors = process.communicate()
                late = True
        lines = [json.loads(line) for line in said.splitlines() if line.endswith("}")]
        running = ""
        for line in lines:
            running = line.get("begin", running)
            if line.get("end") == running:
                running = ""
        ended = process.returncode == 0
        why = "" if late else (errors.strip()[-500:] or f"status {process.returncode}")
        return running, lines, ended, why

    def _refused(self, message: str) -> list[Finding]:
        """Return the findings of a source that does not compile for the CPU."""
        name, text = str(self._path), message.partition("does not compile:\n")[2] or message
        error = re.compile(rf"^{re.escape(str(self._path.absolute()))}:(\d+):.*?error: (.*)$", re.M)
        found = [
            Finding("does not compile", "", name, int(line), said)
            for line, said in error.findall(text)
        ]
        return found or [Finding("does not compile", "", name, 0, text.strip())]
