"""The conformance kit with sanitizers in its workers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.conformance_kit import EVENT, HEAD, VALUE, conformance

from nexus.conformance.harness.call_arguments import Out, SizeT
from nexus.conformance.harness.failures import Crash
from nexus.conformance.harness.sanitizers import uninstrumented, without_warnings
from nexus.conformance.harness.session import Session

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the sanitizers are found on Linux only"
)

Build = Callable[..., Path]


def test_thread_sanitizer_sees_races(build: Build) -> None:
    text = "static int counter;\n" + HEAD + EVENT.format("return counter++;")
    plugin = build(text, "race_plugin", "-fsanitize=thread", "-g")
    for _ in range(5):
        with Session(str(plugin), ["thread"]) as session:
            worker = session.worker()
            with pytest.raises(Crash, match="data race"):
                worker.control("threads", [[("CreateEvent", 0, 0, 0)] * 5] * 2)


def test_address_sanitizer_sees_overruns(build: Build) -> None:
    plugin = build(
        HEAD + VALUE.format("bytes[8] = 1; return 0;"), "over_plugin", "-fsanitize=address", "-g"
    )
    with Session(str(plugin), ["address"]) as session:
        worker = session.worker()
        with pytest.raises(Crash, match="heap-buffer-overflow"):
            worker.call("GetRuntimeProperty", 0, Out(8), SizeT(8))


def test_a_plugin_that_is_not_sanitized_is_pointed_out(build: Build) -> None:
    sound = HEAD + EVENT.format("return device ? 1 : type;")
    sanitized = build(sound, "sanitized_plugin", "-fsanitize=address,undefined")
    plain = build(sound, "plain_plugin")
    assert uninstrumented(sanitized, ["address"]) == []
    assert uninstrumented(plain, []) == []
    assert len(uninstrumented(plain, ["address", "undefined"])) == 2
    made = conformance(plain, "--only", "process.errno", "--sanitize", "thread")
    assert "note: the plugin is not compiled with -fsanitize=thread" in made.stdout


def test_what_a_sanitizer_says_of_itself_is_not_the_plugins() -> None:
    said = "hello\n==12==WARNING: ASan doesn't fully support makecontext\n==12==ERROR: wrong\n"
    assert without_warnings(said) == "hello\n==12==ERROR: wrong\n"
