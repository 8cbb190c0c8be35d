"""Errors of runs: raised in C, with a message that is written when it is read."""

from __future__ import annotations

import copy
import gc
import pickle
import traceback
import weakref

import pytest

import nexus
from nexus import _core, errors
from nexus.schedule import Schedule

CLASSES = [
    cls
    for cls in vars(nexus).values()
    if isinstance(cls, type)
    and issubclass(cls, nexus.NexusError)
    and not issubclass(cls, (nexus.LibraryError, nexus.DocumentError))
]


@pytest.fixture(scope="module")
def nothing(cpu):
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(nothing, NXS_OUT(float, x)) { NXS_ITEMS x[0] = 1; }
    """)
    return library.get_kernel("nothing")


@pytest.fixture
def unfinished(cpu, nothing):
    """Return a schedule whose only command has no size."""
    schedule = cpu.create_schedule()
    schedule.create_command(nothing)
    return schedule


@pytest.fixture
def configured():
    """Yield a function that sets the classes of errors, which are set back at the end."""
    yield _core.configure_errors
    _core.configure_errors(errors._RAISED_IN_C, nexus.NexusError)


def raised_by(call):
    """Return what a call raises, without its frames."""
    with pytest.raises(nexus.NexusError) as caught:
        call()
    return caught.value.with_traceback(None)


def facts(error):
    text = "".join(traceback.format_exception_only(type(error), error))
    return type(error), str(error), repr(error), error.args, error.status, error.function, text


@pytest.mark.parametrize("read_first", ["status", "function", "args", "__cause__"])
def test_both_paths_raise_the_same(unfinished, read_first):
    in_python = raised_by(unfinished._python_run)
    error = raised_by(unfinished.run)
    getattr(error, read_first)
    assert facts(error) == facts(in_python)
    assert vars(error) == vars(in_python)
    assert error.status is nexus.status.NXS_InvalidCommand
    assert f"handle {unfinished._handle}>: nxsRunSchedule returned" in str(error)


def test_no_python_method_is_called(unfinished, monkeypatch):
    monkeypatch.delattr(Schedule, "_python_run")
    monkeypatch.setattr(Schedule, "_fail", None)
    assert "is not finalized" in str(raised_by(unfinished.run))


def test_copies(unfinished):
    error = raised_by(unfinished.run)
    for other in (copy.copy(raised_by(unfinished.run)), pickle.loads(pickle.dumps(error))):
        assert facts(other) == facts(error)
    assert facts(copy.deepcopy(raised_by(unfinished.run))) == facts(error)


def test_a_closed_schedule(unfinished):
    unfinished.close()
    error = raised_by(unfinished.run)
    assert facts(error) == facts(raised_by(unfinished._python_run))
    assert type(error) is nexus.InvalidHandleError


def test_an_error_does_not_keep_the_schedule(unfinished, cpu, nothing):
    schedule = cpu.create_schedule()
    schedule.create_command(nothing)
    handle, gone = schedule._handle, weakref.ref(schedule)
    error = raised_by(schedule.run)
    del schedule
    gc.collect()
    assert gone() is None
    raised_by(unfinished.run)
    assert str(error).startswith(f"<nexus.Schedule of cpu, handle {handle}>: ")


def test_each_error_keeps_its_own_message(cpu, unfinished):
    library = cpu.compile("""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(other, NXS_OUT(float, x)) { NXS_ITEMS x[0] = 1; }
    """)
    schedule = cpu.create_schedule()
    schedule.create_command(library.get_kernel("other"))
    first, second = raised_by(unfinished.run), raised_by(schedule.run)
    assert "kernel nothing" in str(first)
    assert "kernel other" in str(second)


def test_a_message_of_any_length_is_whole(cpu):
    name = "k" * 9000
    library = cpu.compile(f"""
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL({name}, NXS_OUT(float, x)) {{ NXS_ITEMS x[0] = 1; }}
    """)
    schedule = cpu.create_schedule()
    schedule.create_command(library.get_kernel(name))
    error = raised_by(schedule.run)
    assert name in str(error)
    assert str(error) == str(raised_by(schedule._python_run))


@pytest.mark.parametrize("cls", CLASSES)
def test_each_class(unfinished, configured, cls):
    configured({-82: cls}, nexus.NexusError)
    error = raised_by(unfinished.run)
    assert type(error) is cls
    assert error.status is nexus.status.NXS_InvalidCommand
    assert pickle.loads(pickle.dumps(error)).args == error.args
    assert facts(error)[1:2] == (str(raised_by(unfinished._python_run)),)


def test_a_status_without_a_class(unfinished, configured):
    configured({}, nexus.NotFoundError)
    assert type(raised_by(unfinished.run)) is nexus.NotFoundError


def test_an_error_that_python_has_to_raise(unfinished, configured):
    configured({-82: None}, nexus.NotFoundError)
    assert facts(raised_by(unfinished.run)) == facts(raised_by(unfinished._python_run))


def test_attributes_that_a_program_sets(unfinished):
    error = raised_by(unfinished.run)
    error.status = 7
    assert (str(error)[:1], error.status) == ("<", 7)
    error.args = ("other",)
    assert str(error) == "other"


def test_attributes_that_are_not_there(unfinished):
    error = raised_by(unfinished.run)
    assert not hasattr(error, "log")
    with pytest.raises(AttributeError, match="'NexusError' object has no attribute 'statuses'"):
        _ = error.statuses
    assert not hasattr(nexus.NexusError.__new__(nexus.NexusError), "status")


def test_the_context_of_an_error(unfinished):
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        error = raised_by(unfinished.run)
    assert isinstance(error.__context__, ZeroDivisionError)
