"""Which of the suites for GPUs are collected."""

import os

# They have processes of their own, which test_cuda.py and test_metal.py start.
collect_ignore = [
    name for name in ("cuda", "metal") if f"NEXUS_{name.upper()}_TESTS" not in os.environ
]
