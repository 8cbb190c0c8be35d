/**
 * @file _nxs_propertys.h
 * The list of properties: NEXUS_API_PROP(Name, type, "description"), numbered from 0 in
 * this order. The numbers are part of the ABI, so entries are only ever appended.
 *
 * Included as often as the list is needed, so there is no include guard. Define NEXUS_API_PROP
 * before including it; without that, it declares nothing.
 */
#include <nexus-api/nxs_platform.h>

#ifndef NEXUS_API_PROP
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION)
#define NXS_NO_PROP_LIST
#endif

NEXUS_API_PROP(
    Name, str,
    "Name of the object: the runtime's short name, a device's product name, a kernel's name")
NEXUS_API_PROP(Type, str,
               "Kind of the object: a device's 'cpu' or 'gpu', an event's type, a command's type")
NEXUS_API_PROP(Value, int,
               "Current value: an event's counter, a buffer's address in its device's memory, the "
               "number of a schedule's runs in flight")
NEXUS_API_PROP(ID, int, "Number of the object among its kind, such as the index of a device")
NEXUS_API_PROP(Description, str, "One sentence on the object, for people")
NEXUS_API_PROP(Count, int,
               "Number of its parts: a device's cores, a schedule's commands, a kernel's arguments")
NEXUS_API_PROP(Size, int,
               "Size: of a runtime in devices, of a buffer in bytes, of a command in work-items")
NEXUS_API_PROP(Rank, int, "Number of dimensions of a buffer")
NEXUS_API_PROP(Shape, int_vec, "Elements along each dimension of a buffer, outermost first")
NEXUS_API_PROP(SubUnits, str_vec, "Names of its parts, such as the kernels of a library")
NEXUS_API_PROP(SubUnitType, str, "Kind of its parts, such as 'core' or 'kernel'")
NEXUS_API_PROP(Keys, int_vec, "Numbers of exactly the properties that the object answers")
NEXUS_API_PROP(Vendor, str, "Manufacturer of the device, in lower case")
NEXUS_API_PROP(Architecture, str,
               "Instruction set or generation to compile code for, in lower case")
NEXUS_API_PROP(Version, str, "Version of the plugin, driver or library, for people")
NEXUS_API_PROP(MajorVersion, int, "First number of the version")
NEXUS_API_PROP(MinorVersion, int, "Second number of the version")
NEXUS_API_PROP(CoreSubsystem, obj_vec,
               "The device's cores and their parts, from the device database")
NEXUS_API_PROP(MemorySubsystem, obj_vec,
               "The device's memories and caches, from the device database")
NEXUS_API_PROP(Limits, obj_vec, "Limits of the architecture, from the device database")
NEXUS_API_PROP(Features, str, "Optional features of the device, separated by spaces")
NEXUS_API_PROP(GlobalMemorySize, int, "Memory for buffers of the device, in bytes")
NEXUS_API_PROP(CoreMemorySize, int,
               "Memory next to each core (its largest private cache or scratchpad), in bytes")
NEXUS_API_PROP(CoreRegisterSize, int, "Register file of each core, in bytes")
NEXUS_API_PROP(SIMDSize, int, "32-bit lanes of one instruction")
NEXUS_API_PROP(CoreClockRate, int, "Highest clock rate of the cores, in MHz")
NEXUS_API_PROP(MemoryClockRate, int, "Clock rate of the memory, in MHz")
NEXUS_API_PROP(MemoryBusWidth, int, "Width of the memory interface, in bits")
NEXUS_API_PROP(MaxThreadsPerBlock, int, "Most work-items in one group")
NEXUS_API_PROP(TimeStamp, int, "Start of the last timed run, in ns of a monotonic clock")
NEXUS_API_PROP(ElapsedTime, flt, "Duration of the last timed run on the device, in ms")
NEXUS_API_PROP(MaxThreadsPerThreadgroup, int, "Most work-items in one group of this kernel")
NEXUS_API_PROP(MaxThreadgroupsPerCore, int, "Most groups that one core runs at once")
NEXUS_API_PROP(MaxThreadgroupMemorySize, int, "Most shared memory of one group, in bytes")
NEXUS_API_PROP(Location, str, "Bus address of a device, path of a library's file")
NEXUS_API_PROP(MaxTransferRate, int, "Peak rate between host and device, in bytes/s")
NEXUS_API_PROP(UnifiedMemory, int,
               "1 if host and device share memory at the same addresses, else 0")
NEXUS_API_PROP(MaxBufferSize, int, "Size of the largest single buffer, in bytes")
NEXUS_API_PROP(DataTypes, str_vec, "Names of the data types that the device computes with")
NEXUS_API_PROP(ClockModes, str_vec, "Names of the clock modes that the device supports")
NEXUS_API_PROP(BaseClock, int, "Clock rate that the device sustains under load, in MHz")
NEXUS_API_PROP(PowerModes, str_vec, "Names of the power modes that the device supports")
NEXUS_API_PROP(MaxPower, flt, "Most power that the device draws, in W")
NEXUS_API_PROP(CoreUtilization, int, "Share of recent time in which the cores were busy, in %")
NEXUS_API_PROP(MemoryUtilization, int, "Share of the memory that is in use, in %")
NEXUS_API_PROP(Status, str,
               "Execution state: the name of an nxs_event_status, and after a failure the reason")
NEXUS_API_PROP(Arguments, int_vec,
               "A command's arguments in order: the buffer's handle, -1 for a scalar")
NEXUS_API_PROP(DataType, str, "Name of the data type, the nxs_data_type without its prefix")
NEXUS_API_PROP(Message, str, "Diagnostic text, such as the compiler's remarks on a library")
NEXUS_API_PROP(LiveObjects, int_vec,
               "Live handles of kind buffer, library, kernel, event, stream, schedule, command")
NEXUS_API_PROP(UUID, str, "Unique identifier of the device, as the vendor's tools write it")
NEXUS_API_PROP(ArgumentNames, str_vec,
               "Names of a kernel's arguments in order, empty where a name is unknown")
NEXUS_API_PROP(Record, str,
               "JSON object in the structure of the device schema, of what the driver or the "
               "machine knows of a device beyond flat properties")
NEXUS_API_PROP(PromptMemory, int,
               "1 if buffers are made and released promptly (nxs_function_prompt), else 0")

#ifdef NXS_NO_PROP_LIST
#undef NXS_NO_PROP_LIST
#undef NEXUS_API_PROP
#endif
