"""Arguments, sizes and states of commands, valid and invalid."""

from __future__ import annotations

import pytest
from support.abi import F32, F64, I32, INT_MAX, NULL, ONE

from nexus._enums import execution_settings
from nexus._ffi import ffi


def test_invalid_arguments_are_refused(abi, objects):
    command, value = objects["Command"], ffi.new("double *")
    for index in (-1, 64, 999, INT_MAX, -(2**31)):
        set_buffer = ("SetCommandArgument", command, index, objects["Buffer"], NULL, 0)
        assert abi.failure(*set_buffer) == "InvalidArgIndex"
        set_scalar = ("SetCommandScalar", command, index, value, NULL, F32)
        assert abi.failure(*set_scalar) == "InvalidArgIndex"
    assert abi.failure("SetCommandScalar", command, 1, NULL, NULL, F32) == "InvalidArgValue"
    for data_type in (6, 14, 31):
        bad = ("SetCommandScalar", command, 1, value, NULL, data_type)
        assert abi.failure(*bad) == "InvalidArgValue"


def test_declared_arguments_are_checked(abi, objects):
    command, value = objects["Command"], ffi.new("double *")
    scalar = ("SetCommandScalar", command, 1, value, NULL)
    assert abi.failure(*scalar, F64) == "InvalidArgSize"
    assert abi.failure("SetCommandScalar", command, 0, value, NULL, F32) == "InvalidArgValue"
    argument = ("SetCommandArgument", command, 1, objects["Buffer"], NULL, 0)
    assert abi.failure(*argument) == "InvalidArgValue"
    beyond = ("SetCommandArgument", command, 3, objects["Buffer"], NULL, 0)
    assert abi.failure(*beyond) == "InvalidArgIndex"


def set_all(abi, objects, count=1):
    command = objects["Command"]
    abi.make("SetCommandArgument", command, 0, objects["Buffer"], b"x", 0)
    abi.make("SetCommandScalar", command, 1, ffi.new("float *", 2.0), b"factor", F32)
    abi.make("SetCommandScalar", command, 2, ffi.new("int *", count), NULL, I32)


@pytest.mark.parametrize(
    ("grid", "group", "expected"),
    [
        ((1, 1, 1), (0, 1, 1), "InvalidWorkGroupSize"),
        ((1, 1, 1), (1, 1, 0), "InvalidWorkGroupSize"),
        ((0, 1, 1), (1, 1, 1), "InvalidGlobalWorkSize"),
        ((1, 0, 1), (1, 1, 1), "InvalidGlobalWorkSize"),
        ((1, 1, 1), (2**20, 1, 1), "InvalidWorkGroupSize"),
        ((1, 1, 1), (2**31, 2**31, 2**31), "InvalidWorkGroupSize"),
        ((1, 1, 1), (2**16, 2**16, 1), "InvalidWorkGroupSize"),
        ((2**32 - 1, 2**32 - 1, 2**32 - 1), (1, 1, 1), "InvalidGlobalWorkSize"),
        ((2**31 - 1, 2**31 - 1, 2**31 - 1), (1, 1, 1), "InvalidGlobalWorkSize"),
    ],
)
def test_invalid_launch_sizes_are_refused(abi, objects, grid, group, expected):
    set_all(abi, objects)
    assert abi.failure("FinalizeCommand", objects["Command"], [grid], [group], 0) == expected
    assert abi.failure("RunSchedule", objects["Schedule"], -1, 0) == "InvalidCommand"
    abi.make("FinalizeCommand", objects["Command"], ONE, ONE, 0)
    abi.make("RunSchedule", objects["Schedule"], -1, 0)


def test_unfinished_commands_do_not_run(abi, objects):
    command, run = objects["Command"], ("RunSchedule", objects["Schedule"], -1, 0)
    assert abi.failure(*run) == "InvalidCommand"
    abi.make("SetCommandArgument", command, 0, objects["Buffer"], NULL, 0)
    abi.make("SetCommandScalar", command, 2, ffi.new("int *", 1), NULL, I32)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    assert abi.failure(*run) == "InvalidKernelArgs"
    nonblocking = (*run[:-1], int(execution_settings.NonBlocking))
    assert abi.failure(*nonblocking) == "InvalidKernelArgs"


def test_finalized_commands_can_change(abi, objects):
    set_all(abi, objects)
    command, run = objects["Command"], ("RunSchedule", objects["Schedule"], -7, 0)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make(*run)
    abi.make("SetCommandArgument", command, 0, objects["Buffer"], NULL, 0)
    assert abi.failure(*run) == "InvalidCommand"
    abi.make("FinalizeCommand", command, ONE, ONE, 0)
    abi.make(*run)
    signal = abi.make("CreateSignalCommand", objects["Schedule"], objects["Event"], 1, 0)
    assert abi.failure("FinalizeCommand", signal, ONE, ONE, 0) == "InvalidOperation"
