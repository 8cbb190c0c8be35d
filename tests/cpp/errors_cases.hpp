// Bad input: each error has a type, a status and a text.
#include "device.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

CASE(empty_objects) {
  const char *const words = "the object is empty";
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Buffer().size());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Buffer().close());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Runtime().name());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Device().createSchedule());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, cpu().sameDeviceAs(nexus::Device()));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Library().getKernel("x"));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Schedule().run());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Event().signal());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Stream().synchronize());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Command().finalize(1, 1));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, nexus::Kernel()({1, 1}));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words,
               kernel("scale")({8, 32}, nexus::Buffer(), 1));
  nexus::Event event = cpu().createEvent();
  const nexus::Event moved = std::move(event);
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidObject, words, event.signal());
  EXPECT(event.handle() < 0 && event.describe() == "an empty object" && moved);
}

CASE(closed_objects) {
  nexus::Buffer buffer = ones();
  nexus::Kernel scale = kernel("scale");
  nexus::Schedule schedule = cpu().createSchedule();
  nexus::Command command = schedule.createCommand(scale);
  nexus::Event event = cpu().createEvent();
  nexus::Stream stream = cpu().createStream();
  nexus::Library loaded = library();
  buffer.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer, "this Buffer is closed", buffer.to<float>());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer, "this Buffer is closed", buffer.fill(1));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer, "this Buffer is closed",
               buffer.get<NP_Size>());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer, "this Buffer is closed",
               command.set(0, buffer));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer,
               "argument 0 'x' of kernel 'scale' is a closed Buffer", scale({8, 32}, buffer, 1));
  event.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidEvent, "this Event is closed", event.wait());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidEvent, "this Event is closed",
               schedule.createSignalCommand(event));
  stream.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidStream, "this Stream is closed",
               stream.synchronize());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidStream, "this Stream is closed",
               schedule.run(stream));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidStream, "this Stream is closed",
               scale(nexus::Launch(8, 32).on(stream), ones(), 1));
  command.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidCommand, "this Command is closed", command.set(1, 1));
  schedule.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidSchedule, "this Schedule is closed", schedule.run());
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidSchedule, "this Schedule is closed",
               schedule.createCommand(scale));
  scale.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidKernel, "this Kernel is closed",
               scale({8, 32}, ones(), 1));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidKernel, "this Kernel is closed",
               cpu().createSchedule().createCommand(scale));
  nexus::Kernel orphan = loaded.getKernel("scale");
  loaded.close();
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidLibrary, "this Library is closed",
               loaded.getKernel("scale"));
  // A library's end is that of its kernels.
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidKernel, "kernel 'scale'", orphan({8, 32}, ones(), 1));
}

CASE(arguments_that_do_not_fit) {
  const nexus::Buffer x = cpu().createBuffer<double>(4);
  const nexus::Kernel numbers = kernel("numbers");
  const auto call = [&](auto a, auto b, auto c, auto d) { numbers({1, 1}, x, a, b, c, d); };
  const auto status = NXS_InvalidArgValue;
  EXPECT_ERROR(ArgumentError, status,
               "argument 1 'a' of kernel 'numbers' is 128, which does not fit I8",
               call(128, 0, 0, 0));
  EXPECT_ERROR(ArgumentError, status, "is -129, which does not fit I8", call(-129, 0, 0, 0));
  EXPECT_ERROR(ArgumentError, status, "is -1, which does not fit U16", call(0, -1, 0, 0));
  EXPECT_ERROR(ArgumentError, status, "is 65536, which does not fit U16", call(0, 65536, 0, 0));
  EXPECT_ERROR(ArgumentError, status, "is 9223372036854775808, which does not fit I64",
               call(0, 0, 1ULL << 63, 0));
  EXPECT_ERROR(ArgumentError, status, "is 1.000000, but I64 needs an integer", call(0, 0, 1.0, 0));
  EXPECT_ERROR(ArgumentError, status, "which does not fit F32",
               kernel("scale")({8, 32}, ones(), 1e39));
  nexus::Command command = cpu().createSchedule().createCommand(numbers);
  EXPECT_ERROR(ArgumentError, status, "is 300, which does not fit I8", command.set(1, 300));
  EXPECT_ERROR(ArgumentError, status, "which does not fit F16",
               cpu().createBuffer(8).view(NXS_DataType_F16).fill(1e6));
  EXPECT_ERROR(ArgumentError, status, "but U8 needs an integer", cpu().createBuffer(8).fill(0.5));
  EXPECT_ERROR(ArgumentError, status, "has to be true or false",
               cpu().createBuffer<bool>(8).fill(2));
  EXPECT_ERROR(ArgumentError, status, "there are no scalars of type F4",
               cpu().createBuffer(8).view(NXS_DataType_F4).fill(1));
}

CASE(arguments_of_other_kinds) {
  const nexus::Buffer x = ones();
  const nexus::Kernel scale = kernel("scale");
  EXPECT_ERROR(Error, NXS_InvalidKernelArgs, "argument 1 of kernel scale was never set",
               scale({8, 32}, x));
  EXPECT_ERROR(Error, NXS_InvalidArgIndex, "kernel 'scale'", scale({8, 32}, x, 1, 2));
  EXPECT_ERROR(Error, NXS_InvalidArgValue, "kernel 'scale'", scale({8, 32}, 1, 2));
  EXPECT_ERROR(Error, NXS_InvalidArgValue, "kernel 'scale'", scale({8, 32}, x, x));
  const nexus::Buffer integers = cpu().createBuffer<int>(32);
  EXPECT_ERROR(
      ArgumentError, NXS_InvalidArgValue,
      "argument 0 'x' of kernel 'scale' has elements of F32, but the buffer has elements of I32",
      scale({8, 32}, integers, 1));
  scale({8, 32}, integers.view<float>(), 1);
  nexus::Schedule schedule = cpu().createSchedule();
  nexus::Command command = schedule.createCommand(scale);
  EXPECT_ERROR(ArgumentError, NXS_InvalidArgValue, "the buffer has elements of I32",
               command.set(0, integers));
  EXPECT_ERROR(Error, NXS_InvalidArgIndex, "argument 2 of kernel 'scale'", command.set(2, 1));
  EXPECT_ERROR(Error, NXS_InvalidArgIndex, "argument -1 of kernel 'scale'", command.set(-1, x));
  EXPECT_ERROR(Error, NXS_InvalidCommand, "not finalized", schedule.run());
  command.set(0, x).finalize(8, 32);
  EXPECT_ERROR(Error, NXS_InvalidKernelArgs, "argument 1", schedule.run());
  nexus::Command signal = schedule.createSignalCommand(cpu().createEvent());
  EXPECT_ERROR(Error, NXS_InvalidOperation, "argument 0 of Command", signal.set(0, 1));
  EXPECT_ERROR(Error, NXS_InvalidOperation, "nxsFinalizeCommand", signal.finalize(1, 1));
}

CASE(sizes_that_cannot_be) {
  const nexus::Buffer x = ones();
  const nexus::Kernel scale = kernel("scale");
  EXPECT_ERROR(ArgumentError, NXS_InvalidGlobalWorkSize,
               "a grid of (33, 1, 1) items is not a whole number of groups of (8, 1, 1)",
               scale({8, 33}, x, 1));
  EXPECT_ERROR(ArgumentError, NXS_InvalidGlobalWorkSize, "is -1", scale({8, -1}, x, 1));
  EXPECT_ERROR(ArgumentError, NXS_InvalidGlobalWorkSize, "is 4294967296",
               scale({8, 1LL << 32}, x, 1));
  EXPECT_ERROR(Error, NXS_InvalidWorkGroupSize, "groups of (0, 1, 1) items", scale({0, 32}, x, 1));
  EXPECT_ERROR(Error, NXS_InvalidGlobalWorkSize, "a grid of (0, 1, 1) items", scale({8, 0}, x, 1));
  EXPECT_ERROR(Error, NXS_InvalidWorkGroupSize, "nxsLaunch", scale({1 << 20, 1 << 20}, x, 1));
  nexus::Command command = cpu().createSchedule().createCommand(scale);
  EXPECT_ERROR(Error, NXS_InvalidWorkGroupSize, "nxsFinalizeCommand",
               command.finalize(0, nexus::groups(1)));
}

CASE(ranges_of_another_size_or_type) {
  const nexus::Buffer x = ones();
  std::array<float, 8> few{};
  std::vector<int> integers(32);
  EXPECT_ERROR(ArgumentError, NXS_InvalidBufferSize, "has 128 bytes, but the range 32",
               x.copyTo(few));
  EXPECT_ERROR(ArgumentError, NXS_InvalidBufferSize, "has 128 bytes, but the range 32",
               x.copyFrom(few));
  EXPECT_ERROR(ArgumentError, NXS_InvalidArgValue, "has elements of F32, but the range has I32",
               x.copyTo(integers));
  EXPECT_ERROR(ArgumentError, NXS_InvalidArgValue, "has elements of F32, but the range has I32",
               x.copyFrom(integers));
  EXPECT_ERROR(ArgumentError, NXS_InvalidBufferSize, "is not a whole number of elements of F64",
               cpu().createBuffer(12).view<double>());
  EXPECT_ERROR(Error, NXS_InvalidArgSize, "filling Buffer", x.fill(std::array<char, 3>{1, 2, 3}));
  struct Large {
    char bytes[16];
  };
  EXPECT_ERROR(ArgumentError, NXS_InvalidBufferSize, "overflows",
               cpu().createBuffer<Large>(std::numeric_limits<std::size_t>::max() / 8));
  EXPECT_ERROR(Error, NXS_InvalidBufferSize, "nxsCreateBuffer",
               cpu().createBuffer<double>(std::numeric_limits<std::size_t>::max()));
  EXPECT_ERROR(OutOfMemoryError, NXS_MemObjectAllocationFailure,
               "a buffer of 1152921504606846976 bytes", cpu().createBuffer(std::size_t{1} << 60));
}

CASE(libraries_that_cannot_be) {
  EXPECT_ERROR(LibraryError, NXS_InvalidValue, "library '/no/such/file.so'",
               cpu().loadLibrary("/no/such/file.so"));
  EXPECT_ERROR(LibraryError, NXS_InvalidValue, "library '/'", cpu().loadLibrary("/"));
  EXPECT_ERROR(LibraryError, NXS_BuildProgramFailure, "a library from source text",
               cpu().compile("this is not C"));
  EXPECT_ERROR(LibraryError, NXS_InvalidValue, "a library of 0 bytes",
               cpu().loadImage(std::vector<char>()));
  EXPECT_ERROR(LibraryError, NXS_InvalidKernelName, "kernel 'scael' of Library",
               library().getKernel("scael"));
  try {
    cpu().compile("this is not C");
  } catch (const nexus::LibraryError &error) {
    EXPECT(error.log().find("error") != std::string::npos);
    EXPECT(std::string(error.function()) == "nxsCreateLibrary");
  }
}

CASE(properties_that_are_not_there) {
  const nexus::Buffer x = ones();
  EXPECT_ERROR(PropertyNotFoundError, NXS_InvalidProperty,
               "there is no property 'Nmae'; did you mean Name?", x.getProperty<int>("Nmae"));
  EXPECT_ERROR(PropertyNotFoundError, NXS_InvalidProperty, "there is no property 'Nothing like it'",
               x.findProperty<int>("Nothing like it"));
  EXPECT_ERROR(PropertyNotFoundError, NXS_InvalidProperty,
               "property Vendor of Buffer of runtime 'cpu'", x.get<NP_Vendor>());
  EXPECT_ERROR(PropertyNotFoundError, NXS_InvalidProperty, "property Limits of",
               cpu().getProperty<int>(NP_Limits));
  EXPECT_ERROR(PropertyNotFoundError, NXS_InvalidProperty, "property Limits.MaxGridSize of",
               cpu().getProperty<int>({"Limits", "MaxGridSize"}));
  EXPECT_ERROR(PropertyNotFoundError, NXS_ProfilingInfoNotAvailable, "ElapsedTime",
               cpu().createSchedule().get<NP_ElapsedTime>());
  EXPECT_ERROR(PropertyTypeError, NXS_InvalidProperty, "is of type int, not str",
               x.getProperty<std::string>(NP_Size));
  EXPECT_ERROR(PropertyTypeError, NXS_InvalidProperty, "is 128, which does not fit",
               x.getProperty<signed char>("Size"));
  EXPECT_ERROR(PropertyTypeError, NXS_InvalidProperty, "is of type int, not flt",
               x.findProperty<double>("Size"));
}

CASE(waits_that_fail) {
  const nexus::Event event = cpu().createEvent();
  EXPECT_ERROR(WaitTimeoutError, NXS_Timeout, "did not reach 3 after 0.002",
               event.wait(3, std::chrono::milliseconds(2)));
  EXPECT(!event.waitFor(std::chrono::seconds(-1)) && !event.waitFor(std::chrono::nanoseconds(0)));
  nexus::Event lost = cpu().createEvent();
  const nexus::Schedule schedule = cpu().createSchedule();
  schedule.createWaitCommand(lost);
  lost.close();
  EXPECT_ERROR(Error, NXS_ExecStatusErrorForEventsInWaitList, "nxsRunSchedule", schedule.run());
}

CASE(runtimes_that_are_not_there) {
  EXPECT_ERROR(NotFoundError, NXS_InvalidRuntime, "there is no runtime 'cpi'; there is cpu",
               nexus::getRuntime("cpi"));
  EXPECT_ERROR(NotFoundError, NXS_InvalidRuntime, "did you mean cpu?",
               nexus::getRuntimes().get("cpi"));
  EXPECT_ERROR(NotFoundError, NXS_InvalidRuntime, "runtime index 99 is out of range",
               nexus::getRuntimes()[99]);
  EXPECT_ERROR(NotFoundError, NXS_DeviceNotFound,
               "device index 99 is out of range: runtime 'cpu' has 1 device",
               nexus::getRuntime("cpu").getDevice(99));
}

CASE(objects_of_two_runtimes) {
  const nexus::Device other = nexus::getRuntime("scratch").getDevice();
  const nexus::Buffer x = other.createBuffer(128);
  const nexus::Kernel scale = kernel("scale");
  const nexus::Schedule schedule = cpu().createSchedule();
  const char *const words = "of runtime 'scratch', handle";
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer, words, scale({8, 32}, x, 1));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidBuffer, words,
               schedule.createCommand(scale).set(0, x));
  EXPECT_ERROR(InvalidHandleError, NXS_InvalidKernel,
               "cannot be used with a Schedule of runtime 'scratch'",
               other.createSchedule().createCommand(scale));
  EXPECT(other != cpu());
}

CASE(callbacks_that_throw) {
  int calls = 0;
  nexus::setLog(nexus::LogLevel::debug, [&](nexus::LogLevel level, std::string_view text) {
    ++calls;
    EXPECT(level == nexus::LogLevel::debug && !text.empty());
    throw std::runtime_error("from the callback");
  });
  nexus::detail::log(nexus::LogLevel::debug, [] { return std::string("a message"); });
  nexus::setLog(nexus::LogLevel::off);
  nexus::detail::log(nexus::LogLevel::error, [] { return std::string("not received"); });
  EXPECT(calls == 1);
}

CASE(a_forked_child) {
  const nexus::Buffer x = ones();
  kernel("scale")({8, 32}, x, 1);
  const pid_t child = fork();
  if (child == 0) {
    int result = 1;
    try {
      x.to<float>();
    } catch (const nexus::DeviceNotAvailableError &error) {
      result = error.status() == NXS_DeviceNotAvailable ? 0 : 2;
    } catch (const std::exception &) {
      result = 3;
    }
    _exit(result);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  kernel("scale")({8, 32}, x, 2);
  EXPECT(all(x, 2.0f));
}
