"""Checks kernels before a GPU runs them: ``nexus check``.

A kernel is called once per item on the CPU, with every access to memory watched. So races, missing
barriers, indexes out of bounds, and memory that is read before it is written are found without
hardware. Then it is compiled for every target whose compiler is on this machine.
"""

from nexus.check.file_check import Launch, Report, check_file
from nexus.check.finding import Finding
from nexus.check.target_compilers import TARGETS, Target

__all__ = ["TARGETS", "Finding", "Launch", "Report", "Target", "check_file"]
