"""Failures that only compiled kernels have, as Python shows them."""

from __future__ import annotations

import os
import pickle

import pytest

import nexus

PREFIX = "#include <nexus-api/nxs_kernel.h>\n"


def test_a_message_of_any_length_is_whole(cpu):
    """Plugins may report more than a buffer of the usual size holds."""
    library = cpu.compile(PREFIX + "NXS_KERNEL(one, NXS_OUT(float, x)) { x[0] = 1; }")
    name = "k" * 9000 + "end"
    with pytest.raises(nexus.NexusError) as caught:
        library.get_kernel(name)
    # The text is the plugin's own.
    assert name in str(caught.value)
    assert "the nearest are" in str(caught.value)


def test_near_kernel_names_are_suggested(cpu):
    library = cpu.compile(PREFIX + "NXS_KERNEL(add_vectors, NXS_OUT(float, x)) { x[0] = 1; }")
    with pytest.raises(nexus.LibraryError, match="add_vectors") as caught:
        library.get_kernel("add_vector")
    assert caught.value.status is nexus.status.NXS_InvalidKernelName


def test_the_compilers_text_is_the_log(cpu, tmp_path):
    with pytest.raises(nexus.LibraryError) as caught:
        cpu.compile(PREFIX + "NXS_KERNEL(broken, NXS_OUT(float, x)) { x[0] = no_such_name; }")
    assert caught.value.status is nexus.status.NXS_BuildProgramFailure
    assert "no_such_name" in caught.value.log
    assert "no_such_name" in str(caught.value)
    source = tmp_path / "broken.c"
    source.write_text("this is not C")
    with pytest.raises(nexus.LibraryError, match=r"broken\.c") as caught:
        cpu.load_library(source)
    assert caught.value.log


def test_no_compiler(run_python, tmp_path):
    found = run_python(
        """
import nexus
try:
    nexus.get_runtime("cpu").get_device(0).compile("int never_compiled_before;")
except nexus.CompilerNotAvailableError as error:
    assert isinstance(error, nexus.LibraryError)
    print(error.status.name)
""",
        CC="/nowhere/cc",
        XDG_CACHE_HOME=str(tmp_path),
    )
    assert found.stdout == "NXS_CompilerNotAvailable\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_is_refused_and_the_parent_unharmed(run_python):
    found = run_python(
        """
import nexus, numpy as np, os
device = nexus.get_runtime("cpu").get_device(0)
buffer = device.create_buffer(np.arange(4))
device.create_schedule().run()
child = os.fork()
if child == 0:
    try:
        device.create_buffer(64)
    except nexus.DeviceNotAvailableError:
        del buffer
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert buffer.numpy().tolist() == [0, 1, 2, 3]
device.create_schedule().run()
print("unharmed")
""",
        NEXUS_LOG="debug",
    )
    assert found.stdout == "unharmed\n"
    assert "DEBUG" not in found.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_may_be_the_first_user(run_python):
    found = run_python(
        """
import nexus, os
child = os.fork()
buffer = nexus.create_buffer(64)
if child == 0:
    os._exit(buffer.nbytes)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 64
print("both")
"""
    )
    assert found.stdout == "both\n"


def test_source_text_as_bytes(cpu):
    text = PREFIX + "NXS_KERNEL(one, NXS_OUT(float, x)) { x[0] = 1; }"
    for source in (text, text.encode(), bytearray(text.encode()), memoryview(text.encode())):
        assert cpu.compile(source).get_property_str_vec("SubUnits") == ["one"]
    for wrong in (None, 5, ["text"]):
        with pytest.raises(
            TypeError, match=f"source text as a str or bytes, got {type(wrong).__name__}"
        ):
            cpu.compile(wrong)


def test_a_message_is_made_when_it_is_read(cpu):
    made = []

    def message():
        made.append(1)
        return "the text"

    error = nexus.NexusError(message, nexus.status.NXS_InvalidValue)
    assert not made
    assert str(error) == "the text" == error.args[0]
    assert repr(error) == "NexusError('the text')"
    assert str(error) == "the text"
    assert made == [1]
    again = pickle.loads(pickle.dumps(nexus.PropertyNotFoundError(message)))
    assert str(again) == "the text"
    with pytest.raises(nexus.PropertyNotFoundError, match="no property 'Sizes'; did you mean Size"):
        cpu.get_property_int("Sizes")
