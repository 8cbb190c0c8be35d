"""Invalid calls from Python, on every runtime: they raise and leave all objects usable."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import nexus
from nexus import status

BAD_INDEXES = [-1, 64, 999, 2**31 - 1, 2**31, -(2**31) - 1, 2**80]


@pytest.fixture(autouse=True)
def still_usable(device, library):
    yield
    x = device.create_buffer(np.ones(4, np.float32))
    library.get_kernel("scale")(x, 2.0, 4, group_size=4, grid_size=4)
    assert x.numpy().tolist() == [2] * 4


def status_of(caught):
    return caught.value.status


@pytest.fixture
def scale(device, library):
    """Return a schedule with a command that lacks only its size."""
    schedule = device.create_schedule()
    command = schedule.create_command(library.get_kernel("scale"))
    command.set_buffer(0, device.create_buffer(np.ones(64, np.float32)))
    command.set_scalar(1, 2.0)
    command.set_scalar(2, 64)
    return schedule, command


@pytest.mark.parametrize("index", BAD_INDEXES)
def test_argument_indexes(device, scale, index):
    _, command = scale
    with pytest.raises(nexus.NexusError) as caught:
        command.set_buffer(index, device.create_buffer(4))
    assert status_of(caught) is status.NXS_InvalidArgIndex
    with pytest.raises(nexus.NexusError) as caught:
        command.set_scalar(index, 1)
    assert status_of(caught) is status.NXS_InvalidArgIndex


def test_holes_in_the_arguments(device, library):
    schedule = device.create_schedule()
    command = schedule.create_command(library.get_kernel("scale"))
    command.set_buffer(0, device.create_buffer(4, dtype="f32"))
    command.set_scalar(2, 4)
    with pytest.raises(nexus.NexusError, match=r"argument 1 .*of kernel 'scale'") as caught:
        command.finalize(4, 4)
    assert status_of(caught) is status.NXS_InvalidKernelArgs
    command.set_scalar(1, 2.0)
    command.finalize(4, 4)
    schedule.run()


def test_arguments_of_the_other_kind(device, scale):
    _, command = scale

    def set_and_send(call, *args):
        call(*args)
        # Arguments reach a plugin of the field with the size of the launch.
        if device.runtime.name == "field":
            command.finalize(32, 64)

    with pytest.raises(nexus.NexusError) as caught:
        set_and_send(command.set_buffer, 1, device.create_buffer(4))
    assert status_of(caught) is status.NXS_InvalidArgValue
    with pytest.raises(nexus.NexusError) as caught:
        set_and_send(command.set_scalar, 0, 1.0)
    assert status_of(caught) is status.NXS_InvalidArgValue


def test_an_unfinalized_command(scale):
    schedule, _ = scale
    with pytest.raises(nexus.NexusError) as caught:
        schedule.run()
    assert status_of(caught) is status.NXS_InvalidCommand
    assert not isinstance(caught.value, nexus.InvalidHandleError)


def test_a_changed_command_must_be_finalized_again(device, scale):
    schedule, command = scale
    command.finalize(32, 64)
    command.set_scalar(1, 3.0)
    with pytest.raises(nexus.NexusError, match="not finalized") as caught:
        schedule.run()
    assert status_of(caught) is status.NXS_InvalidCommand
    command.finalize(32, 64)
    schedule.run()
    with pytest.raises(nexus.NexusError) as caught:
        schedule.create_signal_command(device.create_event()).finalize(1, 1)
    assert status_of(caught) is status.NXS_InvalidOperation


@pytest.mark.parametrize(
    ("group", "grid", "expected"),
    [
        (0, 64, "NXS_InvalidWorkGroupSize"),
        ((32, 0, 1), (64, 0, 1), "NXS_InvalidWorkGroupSize"),
        (2**20, 2**20, "NXS_InvalidWorkGroupSize"),
        ((1024, 1024), (1024, 1024), "NXS_InvalidWorkGroupSize"),
        (2**31, 2**31, "NXS_InvalidWorkGroupSize"),
        (32, 0, "NXS_InvalidGlobalWorkSize"),
        ((32, 1), (64, 0), "NXS_InvalidGlobalWorkSize"),
    ],
)
def test_work_sizes_that_the_plugin_refuses(scale, group, grid, expected):
    schedule, command = scale
    with pytest.raises(nexus.NexusError) as caught:
        command.finalize(group, grid)
    assert status_of(caught).name == expected
    command.finalize(32, 64)
    schedule.run()


@pytest.mark.parametrize(
    ("group", "grid", "error"),
    [
        (32, 100, ValueError),
        (-32, 64, ValueError),
        (32, -64, ValueError),
        (32, 2**32, OverflowError),
        ((), 64, ValueError),
        ((1, 1, 1, 1), 64, ValueError),
        (1.5, 64, TypeError),
        ("32", 64, TypeError),
        (None, 64, TypeError),
    ],
)
def test_invalid_work_sizes_raise(scale, group, grid, error):
    _, command = scale
    with pytest.raises(error, match=r"group_size|grid_size"):
        command.finalize(group, grid)
    with pytest.raises(ValueError, match="shared_memory_size"):
        command.finalize(32, 64, -1)


def test_use_after_close(device, library):
    kernel, event, stream = library.get_kernel("add"), device.create_event(), device.create_stream()
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    objects = {
        "Library": (library, lambda: library.get_kernel("add")),
        "Kernel": (kernel, lambda: schedule.create_command(kernel)),
        "Event": (event, event.signal),
        "Stream": (stream, stream.synchronize),
        "Command": (command, lambda: command.finalize(1, 1)),
        "Schedule": (schedule, schedule.run),
    }
    buffer = device.create_buffer(4)
    buffer.close()
    with pytest.raises(nexus.InvalidHandleError, match="Buffer is closed"):
        command.set_buffer(0, buffer)
    for name in ("Kernel", "Event", "Stream", "Command", "Schedule"):
        thing, use = objects[name]
        thing.close()
        thing.close()
        with pytest.raises(nexus.InvalidHandleError, match=f"{name} is closed"):
            use()
        assert thing.closed
        assert "closed" in repr(thing)
    with pytest.raises(nexus.InvalidHandleError, match="Event is closed"):
        device.create_schedule().create_wait_command(event)


def test_use_after_the_parent_was_closed(device, library):
    schedule = device.create_schedule()
    command = schedule.create_command(library.get_kernel("scale"))
    schedule.close()
    with pytest.raises(nexus.InvalidHandleError) as caught:
        command.set_scalar(2, 4)
    assert status_of(caught) is status.NXS_InvalidCommand


def test_objects_of_another_kind(device, library):
    schedule = device.create_schedule()
    kernel = library.get_kernel("scale")
    command = schedule.create_command(kernel)
    event, buffer = device.create_event(), device.create_buffer(4)
    for use in (
        lambda: schedule.create_command(event),
        lambda: schedule.create_wait_command(kernel),
        lambda: schedule.run(stream=event),
        lambda: command.set_buffer(0, kernel),
        lambda: command.set_arg(0, object()),
        lambda: command.set_buffer("0", buffer),
        lambda: library.get_kernel(None),
        lambda: device.load_library(3),
    ):
        with pytest.raises(TypeError):
            use()


def test_objects_of_another_runtime(device, library, cpu, scratch):
    other = scratch if device is not scratch else cpu
    schedule = device.create_schedule()
    command = schedule.create_command(library.get_kernel("scale"))
    for use in (
        lambda: command.set_buffer(0, other.create_buffer(4)),
        lambda: schedule.run(other.create_stream()),
        lambda: schedule.create_wait_command(other.create_event()),
        lambda: other.create_schedule().create_command(library.get_kernel("scale")),
    ):
        with pytest.raises(nexus.InvalidHandleError) as caught:
            use()
        assert f"{device.runtime.name!r}" in str(caught.value)
        assert f"{other.runtime.name!r}" in str(caught.value)


def test_libraries(device, tmp_path):
    for name, contents in {
        "empty.so": b"",
        "text.so": b"hello, world\n" * 10,
        "truncated.so": b"\x7fELF\x02\x01\x01" + bytes(50),
    }.items():
        path = tmp_path / name
        path.write_bytes(contents)
        with pytest.raises(nexus.LibraryError, match=name):
            device.load_library(path)
        with pytest.raises(nexus.LibraryError):
            device.load_library(contents)
    with pytest.raises(nexus.LibraryError, match=r"missing\.so"):
        device.load_library(tmp_path / "missing.so")
    with pytest.raises(nexus.LibraryError):
        device.load_library(str(tmp_path))
    with pytest.raises(ValueError, match="NUL"):
        device.load_library("a\0b")


def test_kernel_names(library):
    for name in ("addd", "", "ädd"):
        with pytest.raises(nexus.LibraryError) as caught:
            library.get_kernel(name)
        assert status_of(caught) is status.NXS_InvalidKernelName
    with pytest.raises(ValueError, match="NUL"):
        library.get_kernel("add\0")


def test_threads_on_the_same_objects(device, library):
    failures: list[Exception] = []

    def work():
        for _ in range(200):
            try:
                buffer.fill(1)
                buffer.get_property_int("Size")
                schedule.run()
                device.create_buffer(64)
            except Exception as error:
                failures.append(error)
                raise

    schedule, buffer = device.create_schedule(), device.create_buffer(4096)
    command = schedule.create_command(library.get_kernel("scale"))
    for index, value in enumerate((device.create_buffer(256), 1.0, 64)):
        command.set_arg(index, value)
    command.finalize(64, 64)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_one_of_four_threads_closes(device):
    for _ in range(50):
        buffer = device.create_buffer(64)
        start = threading.Barrier(4)
        results: list[object] = []

        def use(buffer=buffer, start=start, results=results):
            start.wait()
            try:
                buffer.fill(1)
                buffer.close()
                results.append("closed")
            except nexus.InvalidHandleError:
                results.append("refused")

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 4
        assert "closed" in results
