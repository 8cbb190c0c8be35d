"""Events between the host and the streams of a CUDA device."""

from support.event_tests import *  # noqa: F403
