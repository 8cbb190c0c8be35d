"""Events between the host and the streams of a CUDA device."""

from event_tests import *  # noqa: F403
