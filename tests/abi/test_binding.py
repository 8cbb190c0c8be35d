"""The compiled binding: functions of plugins that it opens, by number and by name."""

import os
import sysconfig

import pytest
from support.compilation import compile_c

import nexus._ffi as _ffi
from nexus._enums import function, status
from nexus._ffi import ffi, lib

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


def open_plugin(path):
    message = ffi.new("char[]", 500)
    plugin = lib.nxs_plugin_open(os.fsencode(path), message, len(message))
    return plugin, ffi.string(message).decode()


@pytest.fixture(scope="module")
def plugin_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    source = folder / "plugin.c"
    source.write_text(PLUGIN)
    return [
        compile_c(source, folder / f"plugin{number}.so", f"-DNUMBER={number}")
        for number in (41, 42)
    ]


@pytest.fixture
def plugins(plugin_files):
    opened = [open_plugin(path)[0] for path in plugin_files]
    yield opened
    for plugin in opened:
        lib.nxs_plugin_close(plugin)


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


def test_only_the_int_getters_keep_the_interpreters_lock(build):
    plugin, message = open_plugin(build(LOCK_PLUGIN, "lock"))
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
    assert str(_ffi.__file__).endswith((".abi3.so", ".pyd"))
