"""Discovery of plugins, and plugins that are refused."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from support.compilation import SUFFIX
from support.paths import EXAMPLES

import nexus
from nexus import _enums

# The CPU plugin is the only bundled one that has a device on every machine.
LIST = """
import warnings, nexus
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    ours = nexus.get_runtime("cpu").origin
    print(*(one.name for one in nexus.get_runtimes() if one.name == "cpu" or one.origin != ours))
for warning in caught:
    assert warning.category is nexus.PluginWarning, warning
    print(warning.message)
"""


def listed(run_python, *places, **environment):
    path = os.pathsep.join(map(str, places))
    return run_python(LIST, NEXUS_PLUGIN_PATH=path, **environment).stdout


def test_folders_and_files(run_python, plugin_folder):
    (file,) = plugin_folder.glob("*scratch*")
    assert listed(run_python) == "cpu\n"
    assert listed(run_python, plugin_folder) == "cpu field scratch\n"
    assert listed(run_python, file) == "cpu scratch\n"
    assert listed(run_python, file, plugin_folder, file) == "cpu scratch field\n"


def test_relative_paths(run_python, plugin_folder):
    (file,) = plugin_folder.glob("*scratch*")
    assert listed(run_python, file.name) == "cpu scratch\n"


def test_the_first_of_a_name_is_used(run_python, plugin_folder, tmp_path):
    (file,) = plugin_folder.glob("*scratch*")
    copy = tmp_path / f"other{file.suffix}"
    shutil.copy(file, copy)
    found = run_python(
        "import nexus; print(nexus.get_runtime('scratch').path)",
        NEXUS_PLUGIN_PATH=f"{copy}{os.pathsep}{file}",
        NEXUS_LOG="info",
    )
    assert found.stdout == f"{copy}\n"
    assert f"of {file} is shadowed by {copy}" in found.stderr


def test_entry_points(run_python, plugin_folder, tmp_path):
    (file,) = plugin_folder.glob("*scratch*")
    (tmp_path / "vendor.py").write_text(
        f"path = {str(file)!r}\ndef function():\n    return path\ndef broken():\n    1 / 0\n"
    )
    information = tmp_path / "vendor-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: vendor\nVersion: 1.0\n")
    for value, expected in (
        ("vendor:path", "cpu scratch\n"),
        ("vendor:function", "cpu scratch\n"),
        ("vendor:broken", "cpu\nplugin entry point mine = vendor:broken is not used: ZeroDivision"),
        ("absent:path", "cpu\nplugin entry point mine = absent:path is not used: ModuleNotFound"),
    ):
        entries = information / "entry_points.txt"
        entries.write_text(f"[nexus.plugins]\nmine = {value}\n")
        assert listed(run_python, PYTHONPATH=str(tmp_path)).startswith(expected)


def test_files_that_are_not_plugins(run_python, plugin_folder, tmp_path, build):
    text = tmp_path / "text_plugin.so"
    text.write_text("not a library")
    library = build("int answer(void) { return 42; }", "library")
    missing = tmp_path / "missing.so"
    lines = listed(run_python, text, library, missing, plugin_folder).splitlines()
    assert lines[0] == "cpu field scratch"
    for line, file, reason in zip(
        lines[1:], (text, library, missing), ("", "not a Nexus plugin", ""), strict=True
    ):
        assert line.startswith(f"plugin {file} is not used: ")
        assert reason in line


def test_only_regular_files_are_opened(run_python, tmp_path):
    pipe, folder = (tmp_path / f"{name}_plugin{SUFFIX}" for name in ("pipe", "folder"))
    os.mkfifo(pipe)
    folder.mkdir()
    null = tmp_path / f"null_plugin{SUFFIX}"
    null.symlink_to(os.devnull)
    lines = listed(run_python, tmp_path, pipe).splitlines()
    assert lines == [
        "cpu",
        *(f"plugin {file} is not used: it is not a regular file"
          for file in (folder, null, pipe)),
    ]  # fmt: skip


def test_a_folder_without_plugins(run_python, tmp_path, build):
    build("int answer(void) { return 42; }", "library")
    (line,) = listed(run_python, tmp_path).splitlines()[1:]
    assert line.startswith(f"plugin {tmp_path} is not used: the folder has no file *_plugin.")


def test_the_floating_point_state_survives_a_plugin(run_python, plugin_folder, build):
    change = "__attribute__((constructor)) static void change(void) { fesetround(FE_UPWARD); }"
    path = build(source_of(plugin_folder, f"#include <fenv.h>\n{change}"), "rounding", "-lm")
    text = f"""
import nexus
one, third = float(len("x")), 1 / 3
assert nexus.get_runtime("scratch").path.endswith("rounding{SUFFIX}")
assert one / 3 == third
"""
    run_python(text, NEXUS_PLUGIN_PATH=str(path))


def source_of(plugin_folder, extra):
    here = str(EXAMPLES / "plugin_c" / "scratch_plugin.c")
    return f'{extra}\n#include "{here}"\n'


def test_a_plugin_that_lacks_core_functions(run_python, plugin_folder, build):
    extra = "#define nxsCopyBuffer a\n#define nxsGetKernel b\n"
    headers = "#include <nexus-api.h>\n"
    path = build(source_of(plugin_folder, headers + extra), "lacking_plugin")
    lines = listed(run_python, path, plugin_folder).splitlines()
    assert lines == [
        "cpu field scratch",
        f"plugin {path} is not used: it lacks nxsCopyBuffer, nxsGetKernel",
    ]


def test_a_plugin_of_another_major_version(run_python, plugin_folder, build):
    newer = (
        "#include <nexus-api.h>\n#undef NXS_API_VERSION\n#define NXS_API_VERSION (2 << 16 | 300)\n"
    )
    path = build(source_of(plugin_folder, newer), "newer_plugin")
    lines = listed(run_python, path, plugin_folder).splitlines()
    assert lines[0] == "cpu field scratch"
    assert str(path) in lines[1]
    assert "version 2.1 of the plugin ABI" in lines[1]


def test_a_plugin_of_a_newer_minor_version(run_python, build, plugin_folder):
    newer = (
        "#include <nexus-api.h>\n#undef NXS_API_VERSION\n"
        "#define NXS_API_VERSION (1 << 16 | 7 << 8)\n"
    )
    path = build(source_of(plugin_folder, newer), "newer_plugin")
    assert listed(run_python, path) == "cpu scratch\n"


def test_a_runtime_without_a_name(run_python, build, plugin_folder):
    broken = """
    #include <nexus-api.h>
    #define nxsGetRuntimeProperty hidden
    """
    tail = """
    #undef nxsGetRuntimeProperty
    nxs_status nxsGetRuntimeProperty(nxs_uint p, void *v, size_t *s) {
      (void)p, (void)v, (void)s; return NXS_DeviceNotAvailable;
    }"""
    path = build(source_of(plugin_folder, broken) + tail, "mute_plugin")
    lines = listed(run_python, path).splitlines()
    assert lines[0] == "cpu"
    assert str(path) in lines[1]
    assert "NXS_DeviceNotAvailable" in lines[1]


def test_runtimes_without_devices_come_last(run_python, build, plugin_folder):
    empty = "#include <nexus-api.h>\n#define nxsGetRuntimeProperty inner\n"
    tail = """
    #undef nxsGetRuntimeProperty
    nxs_status nxsGetRuntimeProperty(nxs_uint p, void *v, size_t *s) {
      answer a = {.size = 0};
      if (p == NP_Name) text(&a, "empty");
      else if (p == NP_Size) number(&a, 0);
      else return NXS_InvalidProperty;
      return give(&a, v, s);
    }"""
    path = build(source_of(plugin_folder, empty) + tail, "empty_plugin")
    assert listed(run_python, path, plugin_folder) == "cpu field scratch empty\n"


def test_a_plugin_that_is_named_twice_is_opened_once(run_python, plugin_folder, tmp_path):
    (file,) = plugin_folder.glob("*scratch*")
    link = tmp_path / "again_plugin.so"
    link.symlink_to(file)
    text = "import nexus; print(nexus.get_runtimes().refused)"
    named = os.pathsep.join(map(str, (file, link, tmp_path, file)))
    assert run_python(text, NEXUS_PLUGIN_PATH=named).stdout == "()\n"


def test_the_list_of_runtimes(cpu, scratch):
    runtimes = nexus.get_runtimes()
    assert runtimes is nexus.get_runtimes()
    assert runtimes[0] is runtimes.get(0) is runtimes.get("cpu") is nexus.get_runtime("cpu")
    names = [one.name for one in runtimes if one.origin != runtimes[0].origin]
    assert names == ["field", "scratch"]
    assert list(runtimes[1:]) == list(runtimes)[1:]
    assert runtimes[0].get_devices()[0] is runtimes[0].get_device(0) is cpu
    assert scratch.runtime.api_version == (1, 1, 0)
    for bad in (len(runtimes), -len(runtimes) - 1):
        with pytest.raises(IndexError, match=str(bad)):
            runtimes.get(bad)
    for bad in (1, -1, 99):
        with pytest.raises(nexus.NotFoundError, match=f"{bad} .*'cpu' has 1 device$") as missing:
            runtimes[0].get_device(bad)
        assert isinstance(missing.value, IndexError)
        assert missing.value.status == nexus.status.NXS_DeviceNotFound
    with pytest.raises(nexus.NotFoundError, match="did you mean cpu") as caught:
        nexus.get_runtime("cpus")
    assert isinstance(caught.value, LookupError)


def test_system_buffers_need_a_cpu(run_python, plugin_folder):
    found = run_python(
        """
import nexus, nexus._objects.plugin
nexus._objects.plugin.find = lambda: iter([])
try:
    nexus.create_buffer(4)
except nexus.NotFoundError as error:
    print(error)
"""
    )
    assert "none" in found.stdout


def test_what_a_field_plugin_lacks(field):
    event = field.create_event()
    event.signal(1)
    assert event.wait(1) is nexus.status.NXS_Success
    with pytest.raises(nexus.NotSupportedError, match="nxsWaitEventTimeout") as caught:
        event.wait(1, timeout=1)
    assert isinstance(caught.value, NotImplementedError)
    library = field.load_library(b"SCRATCH1")
    with pytest.raises(nexus.PropertyNotFoundError, match="no properties of such objects"):
        library.get_property_str("Type")
    assert library.properties() == {}
    assert not field.runtime.has(nexus.function.nxsGetLibraryProperty)
    kernel = library.get_kernel("add")
    kernel.close()
    assert kernel.closed
    with pytest.raises(nexus.NexusError, match="NXS_InvalidBinary"):
        field.load_library(b"SCRATCH2")
    assert field.runtime.api_version == (1, 0, 0)


def test_what_a_field_plugin_answers(field):
    assert field.name == "Scratch"
    assert field.get_property_int("MaxThreadsPerBlock") == 1024
    kernel = field.load_library(b"SCRATCH1").get_kernel("add")
    assert kernel.get_property_int_vec("Arguments") == [0, 0, 1, 2]
    assert kernel.get_property_str_vec("DataTypes") == ["F32", "F32", "F32", "I32"]
    buffer = field.create_buffer(np.zeros((3, 4, 5)))
    assert buffer.get_property_int_vec("Shape") == [3, 4, 5]
    with pytest.raises(nexus.PropertyNotFoundError, match="Vendor"):
        field.get_property_str("Vendor")


def test_a_field_plugin_is_logged(run_python, plugin_folder):
    found = run_python("import nexus; nexus.get_runtimes()", NEXUS_LOG="info")
    assert "lacks nxsGetLibraryProperty, nxsGetEventProperty" in found.stderr


def test_the_enum_of_functions_names_the_core():
    assert _enums.function.nxsGetApiVersion == _enums.FUNCTION_CORE_COUNT


def stubs(*left_out, version=None):
    """Return C of a plugin whose required functions all fail."""
    text = '#define API __attribute__((visibility("default")))\n'
    for member in _enums.function_required:
        if member.name not in left_out:
            text += f"API int {member.name}(void) {{ return -85; }}\n"
    return text if version is None else text + f"API unsigned nxsGetApiVersion(void) {version}\n"


def test_a_plugin_that_lacks_one_function(run_python, build):
    plugin = build(stubs("nxsRunSchedule"), "norun_plugin")
    text = listed(run_python, plugin)
    assert f"plugin {plugin} is not used: it lacks nxsRunSchedule\n" in text


@pytest.mark.parametrize("version", ["0", "0xffffffffu", "0x7f000000u", "0x00ffffffu"])
def test_versions_that_are_nonsense(run_python, build, version):
    plugin = build(stubs(version=f"{{ return {version}; }}"), "nonsense_plugin")
    assert f"plugin {plugin} is not used: it was built for version" in listed(run_python, plugin)
