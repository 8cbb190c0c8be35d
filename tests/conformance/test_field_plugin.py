"""The field plugin that hosts and the conformance kit are tested on does what its README says."""

from __future__ import annotations

import array
import signal
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import field_plugin
from support.compilation import SUFFIX, compile_c

from nexus._enums import data_type, status
from nexus._enums import property as Property
from nexus.conformance.harness.call_arguments import Address, Dim3, Layout, Out, SizeT
from nexus.conformance.harness.failures import Crash
from nexus.conformance.harness.session import Session
from nexus.conformance.harness.worker import Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the field plugin is for Linux")

I32 = int(data_type.I32)
EVENTS = {"CreateEvent", "SignalEvent", "WaitEvent", "CreateSignalCommand", "CreateWaitCommand"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("field")
    source = made / "kernels.c"
    source.write_text(field_plugin.KERNELS)
    compile_c(source, made / f"kernels{SUFFIX}")
    return made


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    with Session(str(field_plugin.build(folder))) as session:
        yield session


@pytest.fixture
def worker(session: Session) -> Iterator[Worker]:
    with session.worker() as worker:
        yield worker


def kernel(worker: Worker, folder: Path, name: str = "fill") -> int:
    path = str(folder / f"kernels{SUFFIX}")
    library = worker.call("CreateLibraryFromFile", 0, path, 0).value
    found = worker.call("GetKernel", library, name).value
    assert found >= 0
    return found


def numbers(worker: Worker, count: int) -> int:
    return worker.call("CreateBuffer", 0, Layout(I32, [count]), bytes(4 * count), 0).value


def kept(worker: Worker, value: int) -> int:
    """Return the address of a scalar that stays."""
    place = int(worker.control("allocate", 8))
    worker.control("write", place, struct.pack("=q", value))
    return place


class Fill:
    """A command that fills numbers with the scalar at an address."""

    def __init__(self, worker: Worker, folder: Path, count: int = 4, name: str = "fill") -> None:
        self.worker, self.count = worker, count
        self.schedule = worker.call("CreateSchedule", 0, 0).value
        self.command = worker.call(
            "CreateCommand", self.schedule, kernel(worker, folder, name), 0
        ).value
        self.buffer = numbers(worker, count)
        worker.call("SetCommandArgument", self.command, 0, self.buffer, "x", 0)
        self.value = kept(worker, 7)
        self.scalar(1, self.value)
        self.scalar(2, kept(worker, count))

    def scalar(self, index: int, place: int, data_type: int = I32) -> int:
        name = Address(kept(self.worker, 0x65756C6176))  # "value"
        arguments = (self.command, index, Address(place), name, data_type)
        return self.worker.call("SetCommandScalar", *arguments).value

    def finalize(self, groups: Dim3, items: Dim3) -> None:
        assert self.worker.call("FinalizeCommand", self.command, groups, items, 0).value == 0

    def run(self, settings: int = 0, stream: int = -80) -> int:
        return self.worker.call("RunSchedule", self.schedule, stream, settings).value

    def read(self) -> list[int]:
        found = self.worker.call("CopyBuffer", self.buffer, Out(4 * self.count), 0)
        return array.array("i", found.outs[0]).tolist()


GETTERS = {f"Get{kind}Property" for kind in ("Buffer", "Library", "Kernel", "Schedule")}
RELEASES = {f"Release{kind}" for kind in ("Buffer", "Library", "Event", "Stream", "Schedule")}


@pytest.mark.parametrize(
    ("switch", "more", "fewer"),
    [
        (None, set(), set()),
        ("EVENTS", EVENTS, set()),
        ("NO_FILL", set(), {"FillBuffer"}),
        ("NO_SCALAR", set(), {"SetCommandScalar"}),
        ("NO_LIBRARY_DATA", set(), {"CreateLibrary"}),
        ("NO_GETTERS", set(), GETTERS),
        ("NO_RELEASES", set(), RELEASES),
    ],
)
def test_exports(worker, folder, switch, more, fewer):
    plain = worker.functions
    assert len(plain) == 24
    assert not EVENTS & plain
    assert "GetApiVersion" not in plain
    plugin = field_plugin.build(folder, *([switch] if switch else []))
    with Session(str(plugin)) as session, session.worker() as other:
        assert other.functions == (plain | more) - fewer


def test_an_unknown_switch_is_refused(folder):
    with pytest.raises(ValueError, match="no switch 'NO_SUCH': COPY_READS"):
        field_plugin.build(folder, "NO_SUCH")


@pytest.mark.parametrize("name", ["fill", "fill_item"])
def test_work(folder, name):
    switches = ["PER_ITEM"] if name == "fill_item" else []
    with Session(str(field_plugin.build(folder, *switches))) as session, session.worker() as worker:
        work = Fill(worker, folder, 1000, name)
        work.finalize(Dim3(10), Dim3(100))
        stream = worker.call("CreateStream", 0, 0).value
        for settings, where in ((0, -1), (2, -80), (8, stream), (0, stream)):
            assert work.run(settings, where) == 0
            assert work.read() == [7] * 1000
            assert worker.call("CopyBuffer", work.buffer, bytes(4000), 1).value == 0
            assert work.read() == [0] * 1000
        asked = (work.schedule, int(Property.ElapsedTime), Out(8), SizeT(8))
        elapsed = worker.call("GetScheduleProperty", *asked).outs[0]
        assert struct.unpack("=d", elapsed)[0] > 0


def test_scalars_are_read_at_the_run(folder, session, monkeypatch):
    monkeypatch.setenv("FIELD_TRACE", "1")
    with Session(session.plugin) as traced, traced.worker() as worker:
        work = Fill(worker, folder)
        work.finalize(Dim3(4), Dim3(1))
        worker.control("write", work.value, struct.pack("=q", 9))
        assert work.run() == 0
        assert work.read() == [9] * 4
        assert "field: scalar 'value' = 0x9" in worker.output()


def test_bit_1_means_a_constant(worker, folder):
    work = Fill(worker, folder)
    assert work.scalar(1, work.value, int(data_type.I16)) == 0
    work.finalize(Dim3(4), Dim3(1))
    with pytest.raises(Crash) as caught:
        work.run()
    assert caught.value.signal == signal.SIGSEGV


def test_properties_of_short_buffers(worker):
    name = int(Property.Name)
    assert worker.call("GetRuntimeProperty", name, None, SizeT(0)).sizes == [4]
    short = worker.call("GetRuntimeProperty", name, Out(2), SizeT(2))
    assert (short.value, short.sizes) == (status.NXS_InvalidArgValue, [2])
    overrun = worker.call("GetRuntimeProperty", name, Out(3), SizeT(3))
    assert (overrun.value, overrun.outs, overrun.overrun) == (0, [b"cpu"], True)


def test_schedules_answer_every_property(worker):
    schedule = worker.call("CreateSchedule", 0, 0).value
    for key in (int(Property.Name), int(Property.Status), 12345):
        found = worker.call("GetScheduleProperty", schedule, key, Out(8), SizeT(8))
        assert (found.value, found.outs, found.sizes) == (0, [b"\xa5" * 8], [8])


def test_a_released_buffer_is_still_used(worker, folder):
    work = Fill(worker, folder)
    work.finalize(Dim3(4), Dim3(1))
    assert worker.call("ReleaseBuffer", work.buffer).value == 0
    assert work.read() == [-0x22222223] * 4
    assert work.run() == 0
    assert work.read() == [7] * 4


def test_groups_of_two_dimensions_lose_items(worker, folder):
    work = Fill(worker, folder, 16)
    work.finalize(Dim3(4), Dim3(2, 2))
    assert work.run() == 0
    assert work.read().count(7) == 8


def test_statuses_of_libraries(worker, folder):
    for path in ("/no/such/file", str(folder / "kernels.c")):
        value = worker.call("CreateLibraryFromFile", 0, path, 0).value
        assert value == status.NXS_InvalidLibrary
    assert worker.call("CreateLibrary", 0, b"text", 4, 0).value == status.NXS_InvalidLibrary
    library = worker.call("CreateLibraryFromFile", 0, str(folder / f"kernels{SUFFIX}"), 0).value
    assert worker.call("GetKernel", library, "none").value == status.NXS_InvalidKernel


def test_arguments_beyond_the_31st_abort(worker, folder):
    work = Fill(worker, folder)
    for index in range(3, 32):
        work.scalar(index, work.value)
    work.finalize(Dim3(4), Dim3(1))
    with pytest.raises(Crash) as caught:
        work.run()
    assert caught.value.signal == signal.SIGABRT


@pytest.mark.long
def test_a_run_in_a_forked_child_hangs(worker, folder):
    work = Fill(worker, folder)
    work.finalize(Dim3(4), Dim3(1))
    assert work.run() == 0
    assert worker.control("fork_call", "RunSchedule", work.schedule, -1, 0)["hang"]
    assert work.run() == 0


def test_events_order_streams(folder):
    plugin = field_plugin.build(folder, "EVENTS")
    with Session(str(plugin)) as session, session.worker() as worker:
        gate, done = (worker.call("CreateEvent", 0, 0, 0).value for _ in range(2))
        schedule = worker.call("CreateSchedule", 0, 0).value
        assert worker.call("CreateWaitCommand", schedule, gate, 1, 0).value >= 0
        assert worker.call("CreateSignalCommand", schedule, done, 3, 0).value >= 0
        assert worker.call("RunSchedule", schedule, -1, 8).value == 0
        assert worker.call("SignalEvent", gate, 1).value == 0
        assert worker.call("WaitEvent", done, 3).value == 0
