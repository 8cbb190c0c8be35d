"""The compiler of kernels: its command, options and messages, and what its results depend on."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time

import pytest
from support.compilation import KERNELS, compile_shared, source_of

import nexus


def compile_object(folder, value):
    """Compile the function `helper`, which returns a value, to an object file."""
    source = folder / "helper.c"
    source.write_text(f"int helper(void) {{ return {value}; }}")
    target = folder / "helper.o"
    subprocess.run(["cc", "-fPIC", "-c", source, "-o", target], check=True)
    return target


def wait_until(condition):
    """Wait for what another process does; fail if it has not done so in a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


HELPED = source_of("helper()", "int helper(void);")


def test_commands_and_options_are_split_as_a_shell_does(
    cpu, cache, tmp_path, monkeypatch, value_of
):
    folder = tmp_path / "my 'own' folder"
    folder.mkdir()
    (folder / "cc").symlink_to(shutil.which("cc"))
    (folder / "value.h").write_text('#define TEXT "two words"\n')
    escaped = str(folder).replace("'", "\\'").replace(" ", "\\ ")
    monkeypatch.setenv("CC", f"{escaped}/cc")
    monkeypatch.setenv(
        "NEXUS_CPU_CFLAGS", f'-include "{folder}/value.h"\t\'-DMORE="x y"\' -D"N"=\\\n4'
    )
    assert value_of(cpu.compile(source_of("sizeof TEXT * 100 + sizeof MORE * 10 + N"))) == 1044
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", "-DX='y")
    with pytest.raises(nexus.LibraryError, match=r"NEXUS_CPU_CFLAGS=-DX='y has a '") as caught:
        cpu.compile(KERNELS)
    assert caught.value.status is nexus.status.NXS_InvalidCompilerOptions


@pytest.mark.parametrize("kind", ["shared", "archive", "object"])
def test_libraries_come_after_the_source(cpu, cache, tmp_path, monkeypatch, value_of, kind):
    made = compile_object(tmp_path, 3)
    if kind == "shared":
        compile_shared(tmp_path / "helper.c", tmp_path / "libhelper.so")
    subprocess.run(["ar", "rcs", tmp_path / "libhelper.a", made], check=True)
    options = {"object": str(made), "archive": f"-L{tmp_path} -lhelper"}
    shared = f"-L {tmp_path} -lhelper -Wl,-rpath,{tmp_path}"
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", options.get(kind, shared))
    assert value_of(cpu.compile(HELPED)) == 3


@pytest.mark.parametrize("options", ["{o}", "-L{f} -lhelper", "-Wl,{o}", "@{f}/options"])
def test_files_that_options_name_are_compared(cpu, cache, tmp_path, monkeypatch, value_of, options):
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", options.format(o=tmp_path / "helper.o", f=tmp_path))
    for value in (1, 2):
        made = compile_object(tmp_path, value)
        subprocess.run(["ar", "rcs", tmp_path / "libhelper.a", made], check=True)
        (tmp_path / "options").write_text(f"-Dhelper()={value}")
        text = HELPED if "@" not in options else source_of("helper()")
        assert value_of(cpu.compile(text)) == value


def test_files_that_the_assembler_reads_are_compared(cpu, cache, tmp_path, value_of):
    file = tmp_path / "table.bin"
    include = f'.pushsection .rodata\\ntable: .incbin \\"{file}\\"\\n.popsection'
    table = 'extern const int table[] __attribute__((visibility("hidden")));'
    text = source_of("table[0]", f'__asm__("{include}");\n{table}')
    for value in (1, 2):
        file.write_bytes(value.to_bytes(4, sys.byteorder))
        assert value_of(cpu.compile(text)) == value


def test_included_files_are_compared(cpu, cache, tmp_path, value_of, compilations, monkeypatch):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", f"-I{first} -I{second}")
    text = source_of("VALUE", "#include <value.h>")

    def value_with(folder, value):
        (folder / "value.h").write_text(f"#define VALUE {value}\n")
        return value_of(cpu.compile(text))

    assert value_with(second, 1) == 1
    assert value_with(second, 2) == 2
    # Now another file is found before it.
    assert value_with(first, 3) == 3
    (first / "value.h").unlink()
    before = compilations()
    assert value_with(second, 2) == 2
    assert value_with(second, 1) == 1
    assert compilations() == before


def test_files_that_may_be_missing_are_compared(cpu, cache, tmp_path, value_of):
    before = f'#if __has_include("{tmp_path}/there.h")\n#define V 2\n#else\n#define V 1\n#endif'
    for value in (1, 2):
        assert value_of(cpu.compile(source_of("V", before))) == value
        (tmp_path / "there.h").touch()


def test_the_compilers_identity_is_compared(cpu, cache, compiler, value_of):
    for value in (1, 2, 3):
        compiler(f'exec cc "$@" -DVALUE={value}')
        assert value_of(cpu.compile(source_of("VALUE"))) == value


def test_the_compilers_environment_is_compared(cpu, cache, tmp_path, monkeypatch, value_of):
    for value in (1, 2):
        folder = tmp_path / str(value)
        folder.mkdir()
        (folder / "value.h").write_text(f"#define VALUE {value}\n")
        monkeypatch.setenv("C_INCLUDE_PATH", str(folder))
        assert value_of(cpu.compile(source_of("VALUE", "#include <value.h>"))) == value


def test_an_output_in_the_options_is_not_used(cpu, cache, tmp_path, monkeypatch, value_of):
    for options in (f"-o {tmp_path}/out", f"-o{tmp_path}/out", f"--output={tmp_path}/out"):
        monkeypatch.setenv("NEXUS_CPU_CFLAGS", options)
        for value in (1, 2):
            assert value_of(cpu.compile(source_of(value))) == value
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["-c", "-E", "-S", "-fsyntax-only"])
def test_options_that_make_no_library_are_refused(cpu, monkeypatch, option):
    monkeypatch.setenv("NEXUS_CPU_CFLAGS", f"-DX {option}")
    with pytest.raises(nexus.LibraryError, match=f"NEXUS_CPU_CFLAGS contains '{option}'") as caught:
        cpu.compile(KERNELS)
    assert caught.value.status is nexus.status.NXS_InvalidCompilerOptions


@pytest.mark.parametrize("name", ["-x.c", "@options.c", "--help.c", "a b'$(c).c", "-x.so"])
def test_file_names_are_no_options(cpu, cache, build, tmp_path, monkeypatch, value_of, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(source_of(5))
    if name.endswith(".so"):
        build(source_of(5), "library").rename(name)
    assert value_of(cpu.load_library(name)) == 5


def test_messages_name_the_users_source(cpu, tmp_path, monkeypatch, temporary):
    text = source_of("undeclared_thing")
    with pytest.raises(nexus.LibraryError) as caught:
        cpu.compile(text)
    assert "<source>:4:" in caught.value.log
    assert str(temporary) not in caught.value.log
    # The line of the source is shown.
    assert "| NXS_KERNEL(value" in caught.value.log
    source = tmp_path / "kernel.c"
    source.write_text(text)
    with pytest.raises(nexus.LibraryError) as caught:
        cpu.load_library(source)
    assert f"{source}:4:" in caught.value.log
    assert list(temporary.iterdir()) == []


def test_messages_about_macros_are_short(cpu):
    with pytest.raises(nexus.LibraryError) as caught:
        cpu.compile(source_of("1", "NXS_KERNEL(k, NXS_SCALAR(unknown, u)) { NXS_ITEMS {} }"))
    assert "unknown" in caught.value.log
    assert len(caught.value.log.splitlines()) < 50


def test_an_undeclared_function_is_an_error_of_the_compiler(cpu):
    with pytest.raises(nexus.LibraryError, match="undeclared_function") as caught:
        cpu.compile(source_of("undeclared_function()"))
    assert caught.value.status is nexus.status.NXS_BuildProgramFailure


def test_bool_is_a_type_in_c(cpu, value_of):
    library = cpu.compile(
        source_of("(bool)5", "NXS_KERNEL(k, NXS_SCALAR(bool, b)) { NXS_ITEMS {} }")
    )
    assert value_of(library) == 1
    assert library.get_kernel("k").get_property_str_vec("DataTypes") == ["Bool"]


def test_warnings_reach_the_message_and_the_log(cpu, caplog):
    with caplog.at_level(logging.WARNING, "nexus"):
        library = cpu.compile(source_of(1, "#warning careful"))
    assert "<source>:3:2: warning: #warning careful" in library.message
    assert library.message == library.get_property_str("Message")
    assert library.message.strip() in caplog.text
    assert cpu.compile(source_of(2)).message == ""


def test_plugins_without_messages(scratch):
    assert scratch.load_library(b"SCRATCH1").message == ""


ENDS = {
    "kill -KILL $$": r"compiler' was ended by signal 9 \(Killed\).*memory",
    "echo text >&2; kill -SEGV $$": r"was ended by signal 11 \(Segmentation fault\).*text",
    "exit 3": "made no shared object of '<source>' and gave no message; its exit code is 3",
    "exit 0": "made no shared object of '<source>' and gave no message; its exit code is 0",
    "echo 'ld terminated with signal 7 [Bus error]' >&2; exit 1": "broke down.*Bus error",
    "echo 'x.s: No space left on device' >&2; exit 1": "no room in the temporary folder.*TMPDIR",
}


# Servers reap every child that ends, and some parents ignore SIGCHLD.
CHILDREN = {
    "": "",
    "ignored": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "reaped": """
def reap():
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            pass

threading.Thread(target=reap, daemon=True).start()
""",
}


@pytest.mark.parametrize("children", CHILDREN)
def test_the_cause_of_a_failed_compilation_is_told(run_python, compiler, cache, children):
    text = f"""
import os, re, signal, threading
import nexus
device = nexus.get_runtime("cpu").get_device(0)
{CHILDREN[children]}
for script, expected in {ENDS!r}.items():
    with open(os.environ["CC"], "w") as file:
        file.write("#!/bin/sh\\n" + script + "\\n")
    try:
        device.compile({source_of(1)!r})
    except nexus.LibraryError as error:
        assert re.search(expected, error.log, re.DOTALL), (script, error.log)
        assert "does not compile" not in error.log, error.log
    else:
        raise AssertionError(script)
del os.environ["CC"]
device.compile({source_of(1)!r})
"""
    compiler("exit 1")
    run_python(text)


def test_a_killed_compilation_leaves_nothing_behind(compiler, cache, temporary, tmp_path):
    started, ended = tmp_path / "started", tmp_path / "ended"
    compiler(f"trap 'touch {ended}; exit 1' TERM; touch {started}; while :; do sleep 0.05; done")
    text = f"import nexus; nexus.get_runtime('cpu').get_device(0).compile({source_of(1)!r})"
    with subprocess.Popen([sys.executable, "-c", text]) as process:
        wait_until(started.exists)
        assert list(temporary.iterdir()) != []
        process.kill()
    wait_until(lambda: ended.exists() and not list(temporary.iterdir()))
    assert list(cache.iterdir()) == []
