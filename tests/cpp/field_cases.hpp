// A plugin of the field: what the contract promises nevertheless, and what is refused.
#include "check.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace {

nexus::Device fieldDevice() { return nexus::getRuntime("cpu").getDevice(0); }
nexus::Kernel fieldKernel(const char *name) {
  // Once: such plugins have room for 256 libraries, and unload none.
  static const nexus::Library library =
      fieldDevice().loadLibrary(std::getenv("NEXUS_TEST_FIELD_KERNELS"));
  return library.getKernel(name);
}
nexus::Buffer fieldBuffer(float value = 1.0f) {
  return fieldDevice().createBuffer(std::vector<float>(64, value));
}

}  // namespace

CASE(field_launches) {
  EXPECT(!nexus::getRuntime("cpu").has(NF_nxsGetApiVersion));
  const nexus::Buffer a = fieldBuffer();
  const nexus::Buffer b = fieldBuffer(2);
  const nexus::Buffer c = fieldDevice().createBuffer<float>(64);
  EXPECT((c.to<float>() == std::vector<float>(64)));
  // More launches than the plugin has room for commands.
  for (int i = 0; i < 600; ++i) fieldKernel("add")({16, 64}, a, b, c, 64);
  EXPECT((c.to<float>() == std::vector<float>(64, 3.0f)));
}

CASE(field_schedules) {
  const nexus::Buffer x = fieldBuffer();
  const nexus::Schedule schedule = fieldDevice().createSchedule();
  nexus::Command command = schedule.createCommand(fieldKernel("scale"));
  for (const float factor : {2.0f, 3.0f}) {
    // The plugin keeps the pointer to the number, which is gone by the time of the run.
    command.set(0, x).set(1, factor).set(2, 64).finalize(16, 64);
    schedule.run();
  }
  {
    const nexus::Buffer temporary = fieldBuffer();
    command.set(0, temporary).finalize(16, 64);
  }
  schedule.run();
  EXPECT((x.to<float>() == std::vector<float>(64, 6.0f)));
  schedule.run(fieldDevice().createStream());
}

CASE(field_fills) {
  const nexus::Buffer x = fieldDevice().createBuffer<double>(4);
  x.fill(0.1);
  EXPECT((x.to<double>() == std::vector<double>(4, 0.1)));
  const nexus::Buffer y = fieldDevice().createBuffer(12);
  y.fill(std::vector<char>{1, 2, 3});
  EXPECT(y.to<char>()[4] == 2);
  y.copyFrom(std::vector<char>(12, 7));
  EXPECT(y.to<char>()[11] == 7);
}

CASE(field_properties) {
  const nexus::Buffer x = fieldBuffer();
  EXPECT(x.size() == 256 && fieldDevice().type() == "cpu");
  EXPECT(!fieldDevice().createSchedule().findProperty<std::string>("Status"));
  EXPECT(fieldDevice().createStream().getProperties().empty());
  EXPECT(fieldKernel("add").arguments().empty());
}

CASE(field_refuses) {
  const nexus::Buffer x = fieldBuffer();
  const nexus::Kernel scale = fieldKernel("scale");
  EXPECT_ERROR(Error, NXS_InvalidWorkGroupSize, "groups of one dimension",
               scale({{4, 4}, {8, 8}}, x, 2.0f, 64));
  EXPECT_ERROR(Error, NXS_InvalidWorkGroupSize, "a group has a size of 0",
               scale({0, 64}, x, 2.0f, 64));
  EXPECT_ERROR(Error, NXS_InvalidGlobalWorkSize, "the grid has a size of 0",
               scale({16, 0}, x, 2.0f, 64));
  const nexus::Schedule schedule = fieldDevice().createSchedule();
  nexus::Command command = schedule.createCommand(scale);
  EXPECT_ERROR(Error, NXS_InvalidCommand, "not finalized", schedule.run());
  EXPECT_ERROR(Error, NXS_InvalidArgIndex, "argument -100000", command.set(-100000, x));
  command.set(1, 2.0f).finalize(16, 64);
  EXPECT_ERROR(Error, NXS_InvalidKernelArgs, "argument 0 is not set", schedule.run());
  EXPECT_ERROR(NotSupportedError, NXS_InvalidOperation, "nxsCreateEvent",
               fieldDevice().createEvent());
  EXPECT_ERROR(NotSupportedError, NXS_InvalidOperation, "NXS_ExecutionSettings_NonBlocking",
               fieldDevice().createSchedule().run(NXS_ExecutionSettings_NonBlocking));
  EXPECT_ERROR(LibraryError, NXS_InvalidValue, "'/no/such' cannot be read: No such file",
               fieldDevice().loadLibrary("/no/such"));
  EXPECT_ERROR(LibraryError, NXS_InvalidValue, "'/' is not a regular file",
               fieldDevice().loadLibrary("/"));
  EXPECT_ERROR(LibraryError, NXS_InvalidKernelName, "the library has no kernel 'none'",
               fieldKernel("none"));
  EXPECT_ERROR(Error, NXS_InvalidArgSize,
               "a pattern of 3 bytes does not fill a buffer of 256 bytes",
               x.fill(std::vector<char>(3)));
  nexus::Library library = fieldDevice().loadLibrary(std::getenv("NEXUS_TEST_FIELD_KERNELS"));
  const nexus::Kernel orphan = library.getKernel("scale");
  library.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidKernel, "the kernel's library has been released",
               orphan({16, 64}, x, 2.0f, 64));
  std::vector<nexus::Buffer> many;
  const auto fill = [&] {
    for (int i = 0; i < 300; ++i) many.push_back(fieldBuffer());
  };
  EXPECT_ERROR(Error, NXS_OutOfResources, "256 buffers are alive", fill());
}

CASE(field_with_events) {
  const nexus::Device device = fieldDevice();
  const nexus::Event event = device.createEvent();
  const nexus::Schedule schedule = device.createSchedule();
  schedule.createSignalCommand(event, 2);
  EXPECT_ERROR(NotSupportedError, NXS_InvalidOperation, "values per run need 1.1",
               schedule.createSignalCommand(event, 2, NXS_EventCommandSettings_PerRun));
  schedule.run(NXS_ExecutionSettings_NonBlocking);
  event.wait(2);
}

CASE(field_that_only_reads) {
  const nexus::Buffer x = fieldBuffer();
  EXPECT_ERROR(Error, NXS_InvalidOperation, "ignores the direction of a copy",
               x.copyFrom(std::vector<float>(64)));
  EXPECT(x.to<float>()[0] == 1);
}

CASE(field_without_scalars) {
  EXPECT_ERROR(NotSupportedError, NXS_InvalidOperation, "lacks nxsSetCommandScalar",
               fieldKernel("scale")({16, 64}, fieldBuffer(), 2.0f, 64));
}
