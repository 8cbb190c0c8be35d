"""The generator: what it makes of the headers, of other headers, and of headers that are wrong."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest
from support.paths import ROOT

from nexus import _ffi
from nexus._enums import function, status
from nexus._ffi import ffi, lib

INCLUDE = ROOT / "include"
CC = shlex.split(os.environ.get("CC", "cc"))
SHARED = ["-shared", "-fPIC"]
if sys.platform == "darwin":
    SHARED = ["-bundle", "-undefined", "dynamic_lookup"]
INT64_MIN = -(2**63)

PLUGIN = """
#include <nexus-api.h>
#include <string.h>

nxs_status nxsGetDeviceProperty(nxs_int device_id, nxs_uint device_property_id,
                                void *property_value, size_t *property_value_size) {
  nxs_long number = NUMBER;
  const void *value = &number;
  size_t size = sizeof number;
  if (device_id != 0) return NXS_InvalidDevice;
  if (device_property_id == NP_Name) value = "cpu", size = 4;
  if (*property_value_size < size) return NXS_InvalidArgSize;
  memcpy(property_value, value, size);
  *property_value_size = size;
  return NXS_Success;
}

nxs_int nxsCreateBuffer(nxs_int device_id, nxs_buffer_layout layout, void *host_ptr,
                        nxs_uint settings) {
  return device_id + (nxs_int)(layout.dim[0] * layout.stride[1]) + *(char *)host_ptr +
         (nxs_int)settings;
}

nxs_int nxsCreateEvent(nxs_int device_id, nxs_event_type event_type, nxs_uint settings) {
  return device_id == 1 && event_type == NXS_EventType_Fence && settings == 4000000000u ? 7 : -1;
}

nxs_status nxsFinalizeCommand(nxs_int command_id, nxs_dim3 grid_size, nxs_dim3 group_size,
                              nxs_uint shared_memory_size) {
  return (nxs_status) - (nxs_int)(command_id * 10000 + grid_size.z * 1000 + group_size.x * 100 +
                                  shared_memory_size);
}
"""


def generate(*arguments):
    command = [sys.executable, ROOT / "build_ffi.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def compile_shared(source, target, *options):
    subprocess.run([*CC, *SHARED, *options, source, "-o", target], check=True)
    return target


def compile_plugin(folder, name, text, *options, headers=INCLUDE):
    source = folder / f"{name}.c"
    source.write_text(text)
    return compile_shared(source, folder / f"{name}.so", f"-I{headers}", *options)


def open_plugin(path):
    message = ffi.new("char[]", 500)
    plugin = lib.nxs_plugin_open(os.fsencode(path), message, len(message))
    return plugin, ffi.string(message).decode()


@pytest.fixture(scope="module")
def plugin_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    return [
        compile_plugin(folder, f"plugin{number}", PLUGIN, f"-DNUMBER={number}")
        for number in (41, 42)
    ]


@pytest.fixture
def plugins(plugin_files):
    opened = [open_plugin(path)[0] for path in plugin_files]
    yield opened
    for plugin in opened:
        lib.nxs_plugin_close(plugin)


@pytest.fixture
def headers(tmp_path):
    return Path(shutil.copytree(INCLUDE, tmp_path / "headers"))


def append(path, text):
    """Append to one of the lists, before it undefines its macro, and return the line number."""
    old = path.read_text()
    head, end, tail = old.rpartition("\n#ifdef NXS_NO_")
    path.write_text(head + textwrap.dedent(text) + end + tail)
    return head.count("\n") + 1


def test_each_plugin_has_its_own_functions(plugins):
    values = [lib.nxs_GetDeviceProperty_int(plugin, 0, lib.NP_ID) for plugin in plugins]
    assert values == [41, 42]


LOCK_PLUGIN = """
#include <nexus-api.h>
int PyGILState_Check(void);
nxs_status nxsGetDeviceProperty(nxs_int device_id, nxs_uint device_property_id,
                                void *property_value, size_t *property_value_size) {
  (void)device_id, (void)device_property_id, (void)property_value_size;
  *(nxs_long *)property_value = PyGILState_Check();
  return NXS_Success;
}
"""


def test_only_the_int_getters_keep_the_interpreters_lock(tmp_path):
    plugin, message = open_plugin(compile_plugin(tmp_path, "lock", LOCK_PLUGIN))
    assert plugin, message
    value, size = ffi.new("nxs_long *", -1), ffi.new("size_t *", 8)
    assert lib.nxs_GetDeviceProperty(plugin, 0, lib.NP_ID, value, size) == lib.NXS_Success
    assert value[0] == 0
    assert lib.nxs_GetDeviceProperty_int(plugin, 0, lib.NP_ID) == 1
    lib.nxs_plugin_close(plugin)


def test_int_getter_refuses_what_is_no_int(plugins):
    assert lib.nxs_GetDeviceProperty_int(plugins[0], 1, lib.NP_ID) == INT64_MIN
    assert lib.nxs_GetDeviceProperty_int(plugins[0], 0, lib.NP_Name) == INT64_MIN
    assert lib.nxs_GetRuntimeProperty_int(plugins[0], lib.NP_ID) == INT64_MIN


def test_structs_are_taken_as_initialisers_or_pointers(plugins):
    plugin = plugins[0]
    layout = (lib.NXS_DataType_F32, 2, [3, 0], [0, 5])
    assert lib.nxs_CreateBuffer(plugin, 1, [layout], b"\x02", 100) == 118
    pointer = ffi.new("nxs_buffer_layout *", layout)
    assert lib.nxs_CreateBuffer(plugin, 1, pointer, b"\x02", 100) == 118
    assert lib.nxs_FinalizeCommand(plugin, 2, [(0, 0, 3)], [(4, 0, 0)], 56) == -23456


def test_enums_and_large_numbers_as_arguments(plugins):
    fence = lib.NXS_EventType_Fence
    assert lib.nxs_CreateEvent(plugins[0], 1, fence, 4_000_000_000) == 7
    with pytest.raises(OverflowError):
        lib.nxs_CreateEvent(plugins[0], 1, fence, 2**32)
    with pytest.raises(OverflowError):
        lib.nxs_CreateEvent(plugins[0], 2**31, fence, 0)


def test_absent_functions(plugins):
    plugin = plugins[0]
    present = {number for number in range(-1, 40) if lib.nxs_plugin_has(plugin, number)}
    assert present == {
        function.nxsGetDeviceProperty,
        function.nxsCreateBuffer,
        function.nxsCreateEvent,
        function.nxsFinalizeCommand,
    }
    assert lib.nxs_RunSchedule(plugin, 0, 0, 0) == lib.NXS_ABSENT
    assert lib.nxs_CreateStream(plugin, 0, 0) == lib.NXS_ABSENT == -(2**31)
    assert lib.NXS_ABSENT not in set(status)


def test_a_file_that_cannot_be_opened(tmp_path):
    missing = tmp_path / "missing.so"
    plugin, message = open_plugin(missing)
    assert plugin == ffi.NULL
    assert str(missing) in message
    text = tmp_path / "text.so"
    text.write_text("not a library")
    plugin, message = open_plugin(text)
    assert plugin == ffi.NULL
    assert str(text) in message


def test_a_long_loader_message_is_cut(tmp_path):
    message = ffi.new("char[]", 8)
    assert lib.nxs_plugin_open(os.fsencode(tmp_path / "x" / "y.so"), message, 8) == ffi.NULL
    assert len(ffi.string(message)) == 7


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="free-threaded: no stable ABI"
)
def test_one_module_for_all_versions():
    assert _ffi.__file__.endswith((".abi3.so", ".pyd"))


def test_committed_files_are_up_to_date():
    result = generate("--check")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == ""


def test_check_prints_the_drift(tmp_path):
    assert generate("--out", tmp_path).returncode == 0
    assert generate("--check", "--out", tmp_path).returncode == 0
    path = tmp_path / "_enums.py"
    path.write_text(path.read_text().replace("NXS_Timeout = -89", "NXS_Timeout = -90"))
    result = generate("--check", "--out", tmp_path)
    assert result.returncode == 1
    changes = [line for line in result.stdout.splitlines() if "NXS_Timeout" in line]
    assert [line.split(",")[0] for line in changes] == [
        "-    NXS_Timeout = -90",
        "+    NXS_Timeout = -89",
    ]


def test_output_does_not_depend_on_where_the_headers_are(headers, tmp_path):
    generate("--headers", headers, "--out", tmp_path / "a")
    generate("--out", tmp_path / "b")
    for name in ("_enums.py", "_ffi.pyi", "_ffi.c"):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()


def test_an_appended_function_and_property_need_no_more_than_regenerating(headers, tmp_path):
    append(
        headers / "nexus-api/_nxs_functions.h",
        """
        /**
         * Adds two numbers.
         *
         * scale: what the sum is
         * multiplied by.
         */
        NEXUS_API_FUNC(nxs_long, AddNumbers, nxs_long a, const nxs_short *b,
                       nxs_dim3 scale)
        NEXUS_API_FUNC(nxs_status, GetMoodProperty, nxs_int mood, nxs_uint property, void *value,
                       size_t *size)
        """,
    )
    append(
        headers / "nexus-api/_nxs_propertys.h",
        r"""
        NEXUS_API_PROP(Mood, int, "How \"it\" feels, "
                                  "in %")
        """,
    )
    out = tmp_path / "out"
    result = generate("--headers", headers, "--out", out)
    assert result.returncode == 0, result.stderr
    python = f"-I{sysconfig.get_path('include')}"
    compile_shared(out / "_ffi.c", out / "_ffi.so", python, f"-I{headers}")
    plugin = compile_plugin(
        out,
        "plugin",
        """
        #include <nexus-api.h>
        nxs_long nxsAddNumbers(nxs_long a, const nxs_short *b, nxs_dim3 scale) {
          return (a + *b) * scale.y;
        }
        nxs_status nxsGetMoodProperty(nxs_int mood, nxs_uint property, void *value, size_t *size) {
          if (property != NP_Mood) return NXS_InvalidProperty;
          *(nxs_long *)value = 90 + mood;
          *size = sizeof(nxs_long);
          return NXS_Success;
        }
        """,
        headers=headers,
    )
    program = """
        import sys
        from _enums import PROPERTY_TYPES, function, property, property_type
        from _ffi import ffi, lib

        plugin = lib.nxs_plugin_open(sys.argv[1].encode(), ffi.new("char[]", 99), 99)
        assert lib.nxs_AddNumbers(plugin, 2**40, [-1], [(0, 3, 0)]) == (2**40 - 1) * 3
        assert lib.nxs_GetMoodProperty_int(plugin, 5, property.Mood) == 95
        assert property.Mood == 53 == lib.NP_Mood
        assert property.Mood.__doc__ == 'How "it" feels, in %'
        assert PROPERTY_TYPES[property.Mood] is property_type.int
        assert function.nxsAddNumbers == 37
        assert function.nxsAddNumbers.__doc__ == (
            "Adds two numbers.\\n\\nscale: what the sum is multiplied by."
        )
        assert function.nxsGetMoodProperty.__doc__ == ""
        assert lib.nxs_plugin_has(plugin, 37) and not lib.nxs_plugin_has(plugin, 36)
        print("all right")
        """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), plugin],
        cwd=out,
        capture_output=True,
        text=True,
    )
    assert result.stdout == "all right\n", result.stderr
    stub = (out / "_ffi.pyi").read_text()
    assert "def nxs_AddNumbers(self, plugin: _CData, a: int, b: _CData, scale: _CData, /)" in stub


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ("NEXUS_API_FUNC(nxs_int, Bad, nxs_int a nxs_int b)", "nxs_int"),
        ("NEXUS_API_FUNC(nxs_int, Bad, unknown_type a)", ""),
        ("NEXUS_API_FUNC(nxs_int, Bad, const char *text, ...)", "variable number of arguments"),
        ("NEXUS_API_FUNC(nxs_dim3, Bad, nxs_int a)", "returns nxs_dim3, which is not a number"),
        ("NEXUS_API_FUNC(void, Bad, nxs_int a)", "returns void, which is not a number"),
        ("NEXUS_API_FUNC(nxs_int, Bad, nxs_int)", "a parameter of nxsBad has no name"),
        ("NEXUS_API_FUNC(nxs_int, Bad, nxs_int (*callback)(void))", "callback"),
        ("#error not today", "#error not today"),
        ("#include <nowhere.h>", "nowhere.h"),
    ],
)
def test_a_header_that_cannot_be_read(declaration, reason, headers, tmp_path):
    path = headers / "nexus-api/_nxs_functions.h"
    line = append(path, declaration + "\n")
    result = generate("--headers", headers, "--out", tmp_path / "out")
    assert result.returncode == 1
    first = result.stderr.splitlines()[0]
    assert first.startswith(f"{path}:{line}: "), result.stderr
    assert reason in first
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        (
            'NEXUS_API_PROP(Mood, feeling, "How it feels")',
            "NPT_Mood is NXS_PropertyType_feeling, which has no value",
        ),
        ("NEXUS_API_PROP(Mood, int, 5)", "the description of NP_Mood is no string"),
    ],
)
def test_a_property_that_cannot_be_read(declaration, reason, headers, tmp_path):
    path = headers / "nexus-api/_nxs_propertys.h"
    line = append(path, declaration + "\n")
    result = generate("--headers", headers, "--out", tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{path}:{line}: ")
    assert reason in result.stderr


def test_headers_that_are_not_there(tmp_path):
    result = generate("--headers", tmp_path, "--out", tmp_path)
    assert result.returncode == 1
    assert result.stderr == f"{tmp_path}/nexus-api.h:1: there is no such file\n"


def test_no_preprocessor(tmp_path, monkeypatch):
    monkeypatch.setenv("CPP", str(tmp_path / "no-such-cpp"))
    result = generate("--check")
    assert result.returncode == 1
    assert result.stderr.endswith("no C preprocessor; install a C compiler or set CPP\n")
