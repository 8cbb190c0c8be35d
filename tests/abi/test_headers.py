"""The headers are the wire format: plugins in the field were compiled against these numbers."""

import shlex
import subprocess

import pytest
from support.compilation import WARNINGS
from support.paths import ROOT

from nexus import _enums
from nexus._ffi import ffi, lib

INCLUDE = ROOT / "include"
# Parts of nxs_kernel.h for the languages of devices, which are tested with those.
PARTS = ("cuda", "gpu", "math", "metal", "opencl")
FOR_DEVICES = {f"nexus-api/nxs_kernel_{part}.h" for part in PARTS}
HEADERS = sorted({str(path.relative_to(INCLUDE)) for path in INCLUDE.rglob("*.h")} - FOR_DEVICES)

STATUS = """
0 Success -1 DeviceNotFound -2 DeviceNotAvailable -3 CompilerNotAvailable
-4 MemObjectAllocationFailure -5 OutOfResources -6 OutOfHostMemory -7 ProfilingInfoNotAvailable
-8 MemCopyOverlap -9 ImageFormatMismatch -10 ImageFormatNotSupported -11 BuildProgramFailure
-12 MapFailure -13 MisalignedSubBufferOffset -14 ExecStatusErrorForEventsInWaitList
-15 CompileProgramFailure -16 LinkerNotAvailable -17 LinkProgramFailure -18 DevicePartitionFailed
-19 KernelArgInfoNotAvailable -30 InvalidValue -31 InvalidDeviceType -34 InvalidContext
-35 InvalidQueueProperties -36 InvalidCommandQueue -37 InvalidHostPtr -38 InvalidMemObject
-39 InvalidImageFormatDescriptor -40 InvalidImageSize -41 InvalidSampler -42 InvalidBinary
-43 InvalidBuildOptions -44 InvalidProgram -45 InvalidProgramExecutable -46 InvalidKernelName
-47 InvalidKernelDefinition -48 InvalidKernel -49 InvalidArgIndex -50 InvalidArgValue
-51 InvalidArgSize -52 InvalidKernelArgs -53 InvalidWorkDimension -54 InvalidWorkGroupSize
-55 InvalidWorkItemSize -56 InvalidGlobalOffset -57 InvalidEventWaitList -58 InvalidEvent
-59 InvalidOperation -60 InvalidGlObject -61 InvalidBufferSize -62 InvalidMipLevel
-63 InvalidGlobalWorkSize -64 InvalidProperty -65 InvalidImageDescriptor
-66 InvalidCompilerOptions -70 InvalidDeviceQueue -71 InvalidSpecId
-72 MaxSizeRestrictionExceeded -80 InvalidObject -81 InvalidBuffer -82 InvalidCommand
-83 InvalidDevice -84 InvalidLibrary -85 InvalidRuntime -86 InvalidSchedule -87 InvalidStream
-88 InvalidSystem -89 Timeout
"""

# C prefix, Python class, values and names.
ENUMS = {
    "event_type": ("NXS_EventType_", "0 Shared 1 Signal 2 Fence"),
    "event_status": (
        "NXS_EventStatus_",
        "0 Submitted 1 Running 2 Complete 3 Error 4 Canceled",
    ),
    "command_type": ("NXS_CommandType_", "0 Dispatch 1 Signal 2 Wait"),
    "execution_settings": (
        "NXS_ExecutionSettings_",
        "1 Profiling 2 Timing 4 Capture 8 NonBlocking",
    ),
    "event_command_settings": ("NXS_EventCommandSettings_", "1 PerRun"),
    "library_settings": ("NXS_LibrarySettings_", "1 GroupRange"),
    "stream_settings": ("NXS_StreamSettings_", "1 OutOfOrderExecution 2 Profiling"),
    "buffer_settings": ("NXS_BufferSettings_", "1 OnHost 2 OnDevice 4 Maintain"),
    "buffer_transfer": ("NXS_", "0 BufferDeviceToHost 1 BufferHostToDevice"),
    "command_arg_type": ("NXS_CommandArgType_", "0 User 1 Launch 2 Constant 3 Mask"),
    "data_type": (
        "NXS_DataType_",
        "0 Undefined 1 F32 2 F16 3 BF16 4 F8 5 BF8 6 F4 7 BF4 8 I32 9 U32 10 I16 11 U16 12 I8 "
        "13 U8 14 I4 15 U4 16 F64 17 I64 18 U64 19 Bool 31 Mask 32 Block 33 Block_8 34 Block_16 "
        "35 Block_32 96 Flags_Mask",
    ),
}

PROPERTIES = """
Name str Type str Value int ID int Description str Count int Size int Rank int Shape int_vec
SubUnits str_vec SubUnitType str Keys int_vec Vendor str Architecture str Version str
MajorVersion int MinorVersion int CoreSubsystem obj_vec MemorySubsystem obj_vec Limits obj_vec
Features str GlobalMemorySize int CoreMemorySize int CoreRegisterSize int SIMDSize int
CoreClockRate int MemoryClockRate int MemoryBusWidth int MaxThreadsPerBlock int TimeStamp int
ElapsedTime flt MaxThreadsPerThreadgroup int MaxThreadgroupsPerCore int
MaxThreadgroupMemorySize int Location str MaxTransferRate int UnifiedMemory int MaxBufferSize int
DataTypes str_vec ClockModes str_vec BaseClock int PowerModes str_vec MaxPower flt
CoreUtilization int MemoryUtilization int Status str Arguments int_vec DataType str Message str
LiveObjects int_vec UUID str ArgumentNames str_vec Record str PromptMemory int
"""

FUNCTIONS = """
GetRuntimeProperty GetDeviceProperty CreateBuffer GetBufferProperty CopyBuffer FillBuffer
ReleaseBuffer CreateLibrary CreateLibraryFromFile GetLibraryProperty ReleaseLibrary GetKernel
GetKernelProperty CreateEvent GetEventProperty SignalEvent WaitEvent ReleaseEvent CreateStream
GetStreamProperty ReleaseStream CreateSchedule GetScheduleProperty RunSchedule ReleaseSchedule
CreateCommand CreateSignalCommand CreateWaitCommand GetCommandProperty SetCommandArgument
SetCommandScalar FinalizeCommand GetApiVersion ReleaseKernel ReleaseCommand GetLastErrorMessage
WaitEventTimeout Launch
"""

LAYOUT = """
#include <nexus-api.h>
#if defined(__cplusplus)
#define CHECK(CONDITION) static_assert(CONDITION, #CONDITION)
#else
#define CHECK(CONDITION) _Static_assert(CONDITION, #CONDITION)
#endif
CHECK(sizeof(nxs_char) == 1 && sizeof(nxs_short) == 2 && sizeof(nxs_half) == 2);
CHECK(sizeof(nxs_int) == 4 && sizeof(nxs_bool) == 4 && sizeof(nxs_float) == 4);
CHECK(sizeof(nxs_long) == 8 && sizeof(nxs_ulong) == 8 && sizeof(nxs_double) == 8);
CHECK((nxs_int)-1 < 0 && (nxs_long)-1 < 0 && (nxs_uint)-1 > 0 && (nxs_ulong)-1 > 0);
CHECK(sizeof(nxs_dim3) == 12 && offsetof(nxs_dim3, z) == 8);
CHECK(sizeof(nxs_buffer_layout) == 136 && offsetof(nxs_buffer_layout, rank) == 4);
CHECK(offsetof(nxs_buffer_layout, dim) == 8 && offsetof(nxs_buffer_layout, stride) == 72);
CHECK(sizeof(nxs_launch_argument) == 16 && offsetof(nxs_launch_argument, data_type) == 12);
CHECK(sizeof(nxs_launch) == 40 && offsetof(nxs_launch, arguments) == 32);
CHECK(NXS_MAX_DIMS == 8 && NXS_KERNEL_MAX_ARGS == 64 && NXS_KERNEL_MAX_CONSTS == 64);
CHECK(NXS_STATUS_MIN == -89 && NXS_STATUS_MAX == 0 && NXS_STATUS_PREFIX_LEN == 4);
CHECK(NXS_PROPERTY_CNT == 54 && NXS_PROPERTY_PREFIX_LEN == 3 && NXS_PROPERTY_INVALID == -1);
CHECK(NXS_API_VERSION == 0x010100 && NXS_FUNCTION_CNT == 38);
"""

KERNEL = """
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(reduce, NXS_IN(float, x), NXS_OUT(float, sums), NXS_SCALAR(nxs_int, n))
{
  NXS_SHARED(float, partial, 256);
  NXS_ITEMS
  {
    const nxs_int i = NXS_GLOBAL_ID(0);
    partial[NXS_LOCAL_ID(0)] = i < n ? x[i] : 0.0f;
  }
  for (nxs_int half = NXS_GROUP_SIZE(0) / 2; half > 0; half /= 2) {
    NXS_BARRIER;
    NXS_ITEMS
    {
      if (NXS_LOCAL_ID(0) < half) partial[NXS_LOCAL_ID(0)] += partial[NXS_LOCAL_ID(0) + half];
    }
  }
  sums[NXS_GROUP_ID(0)] = partial[0];
}
"""


@pytest.fixture
def accepts(compiler, language, tmp_path):
    def accepts(source, *options):
        unit = tmp_path / "unit.txt"
        unit.write_text(source)
        command = [*compiler, *language, *WARNINGS, f"-I{INCLUDE}", *options]
        result = subprocess.run(
            [*command, "-c", unit, "-o", tmp_path / "unit.o"], capture_output=True, text=True
        )
        assert result.returncode == 0, f"{shlex.join(map(str, result.args))}\n{result.stderr}"

    return accepts


def pairs(text):
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("header", HEADERS)
def test_header_stands_alone(header, accepts):
    accepts(f"#include <{header}>\n#include <{header}>\nint unit;\n")


def test_sizes_and_limits(accepts):
    accepts(LAYOUT)


def test_kernel_dialect(accepts):
    accepts(KERNEL, "-O2")


def test_structs_as_python_sees_them():
    assert ffi.sizeof("nxs_dim3") == 12
    assert ffi.sizeof("nxs_buffer_layout") == 136


def test_status():
    expected = {f"NXS_{name}": int(number) for number, name in pairs(STATUS)}
    assert {member.name: member.value for member in _enums.status} == expected
    assert {name: getattr(lib, name) for name in expected} == expected


@pytest.mark.parametrize("name", list(ENUMS))
def test_enum(name):
    prefix, text = ENUMS[name]
    expected = {member: int(number) for number, member in pairs(text)}
    members = getattr(_enums, name).__members__
    assert {key: member.value for key, member in members.items()} == expected
    assert {member: getattr(lib, prefix + member) for member in expected} == expected


def test_properties():
    names = [name for name, _ in pairs(PROPERTIES)]
    assert [member.name for member in _enums.property] == names
    assert [member.value for member in _enums.property] == list(range(54))
    assert [lib.NP_Name, lib.NP_LiveObjects, lib.NP_UUID] == [0, 49, 50]
    types = {member.name: kind.name for member, kind in _enums.PROPERTY_TYPES.items()}
    assert types == dict(pairs(PROPERTIES))


def test_functions():
    names = [f"nxs{name}" for name in FUNCTIONS.split()]
    assert [member.name for member in _enums.function] == names
    assert [member.value for member in _enums.function] == list(range(38))
    assert names[_enums.FUNCTION_CORE_COUNT] == "nxsGetApiVersion"
    required = [0, 1, 2, 4, 7, 8, 11, 21, 23, 25, 29, 31]
    assert sorted(_enums.function_required) == required
    prompt = [0, 1, 3, 9, 12, 14, 15, 17, 19, 21, 22, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]
    assert sorted(_enums.function_prompt) == prompt


def test_limits():
    assert (_enums.MAX_DIMS, _enums.KERNEL_MAX_ARGS, _enums.KERNEL_MAX_CONSTS) == (8, 64, 64)
    assert _enums.API_VERSION == 0x010100


def test_every_name_is_documented():
    enums = [getattr(_enums, name) for name in (*ENUMS, "status", "property", "function")]
    enums += [_enums.property_type, _enums.function_required, _enums.function_prompt]
    for enum in enums:
        undocumented = [
            member.name for member in enum if member.__doc__ in (None, "", enum.__doc__)
        ]
        assert not undocumented
    assert _enums.status.NXS_Timeout.__doc__ == "The time-out of a wait has expired."
