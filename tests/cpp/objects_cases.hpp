// What the objects do.
#include "device.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

CASE(vectors_are_added) {
  const std::vector<float> a(1024, 1.0f);
  const std::array<float, 1024> b = {2.0f};
  float c[1024] = {};
  const nexus::Device device = cpu();
  const nexus::Buffer x = device.createBuffer(a);
  const nexus::Buffer y = device.createBuffer(b);
  const nexus::Buffer z = device.createBuffer<float>(1024);
  nexus::Schedule schedule = device.createSchedule();
  nexus::Command command = schedule.createCommand(kernel("add"));
  command.set(0, x).set(1, y).set(2, z).set(3, 1024).finalize(256, 1024);
  schedule.run();
  z.copyTo(c);
  EXPECT(c[0] == 3 && c[1] == 1 && c[1023] == 1);
}

CASE(kernels_are_called) {
  const nexus::Buffer x = ones();
  const nexus::Kernel scale = kernel("scale");
  const std::size_t count = 32;
  scale({8, count}, x, 2.0f);
  scale({8, nexus::items(32)}, x, 3);
  scale({8, nexus::groups(4)}, x, 0.5);
  scale(nexus::Launch(8, 32).nonBlocking(), x, 2u);
  EXPECT(all(x, 6.0f));
  EXPECT(scale.name() == "scale" && scale.arguments().size() == 2);
  EXPECT(scale.arguments()[1].kind == nexus::ArgumentKind::scalar);
  EXPECT(scale.arguments()[1].type == NXS_DataType_F32 && scale.arguments()[1].name == "factor");
}

CASE(sizes_have_three_dimensions) {
  const nexus::Buffer x = cpu().createBuffer<int>(64);
  const nexus::Kernel place = kernel("place");
  place({{4, 2}, {8, 8}}, x);
  place({{4, 2, 1}, {8, 8, 1}}, x);
  place({{4, 2}, nexus::groups({2, 4})}, x);
  place(nexus::Launch({4, 2}, {8, 8}, 64), x);
  const std::vector<int> found = x.to<int>();
  for (std::size_t i = 0; i < 64; ++i) EXPECT(found[i] == (i % 8 < 4 ? 0 : 4));
}

CASE(numbers_become_what_the_kernel_declares) {
  const nexus::Buffer x = cpu().createBuffer<double>(4);
  kernel("numbers")({1, 1}, x, -128, 65535, -1, 7);
  EXPECT((x.to<double>() == std::vector<double>{-128, 65535, -1, 7}));
  kernel("numbers")({1, 1}, x, true, 0u, 1LL << 40, 0.25f);
  EXPECT((x.to<double>() == std::vector<double>{1, 0, 1099511627776.0, 0.25}));
  enum Small : unsigned char { small = 9 };
  kernel("numbers")({1, 1}, x, small, 'a', 2, 3);
  EXPECT(x.to<double>()[0] == 9 && x.to<double>()[1] == 'a');
}

CASE(small_floats_are_rounded) {
  using nexus::detail::smallFloat;
  EXPECT(smallFloat(1.0, 5, 10, false) == 0x3c00 && smallFloat(-2.0, 5, 10, false) == 0xc000);
  EXPECT(smallFloat(65504.0, 5, 10, false) == 0x7bff && smallFloat(65520.0, 5, 10, false) == -1);
  EXPECT(smallFloat(65519.0, 5, 10, false) == 0x7bff);
  EXPECT(smallFloat(5.9604644775390625e-8, 5, 10, false) == 1 &&
         smallFloat(0.0, 5, 10, false) == 0);
  EXPECT(smallFloat(2.9802322387695312e-8, 5, 10, false) == 0);  // A tie, to even.
  EXPECT(smallFloat(1.00390625, 8, 7, false) == 0x3f80 &&
         smallFloat(1.01171875, 8, 7, false) == 0x3f82);
  EXPECT(smallFloat(448.0, 4, 3, true) == 0x7e && smallFloat(480.0, 4, 3, true) == -1);
  EXPECT(smallFloat(std::nan(""), 4, 3, true) == 0x7f && smallFloat(INFINITY, 5, 2, false) == 0x7c);
  EXPECT(smallFloat(1e300, 5, 10, false) == -1 && smallFloat(1e-300, 5, 10, false) == 0);
}

CASE(properties_have_types) {
  const nexus::Device device = cpu();
  const nexus::Buffer buffer = ones();
  const nxs_long size = buffer.get<NP_Size>();
  EXPECT(size == 128 && buffer.getProperty<std::size_t>("Size") == 128);
  EXPECT(buffer.getProperty<int>(NP_Size) == 128 && buffer.size() == 128);
  EXPECT(device.get<NP_Type>() == "cpu" && device.type() == "cpu");
  EXPECT(device.getProperty<std::string>("Name") == device.name());
  EXPECT((buffer.get<NP_Shape>() == std::vector<nxs_long>{32}));
  EXPECT((library().get<NP_SubUnits>().size() == 4 && library().kernelNames()[0] == "add"));
  EXPECT(device.getProperty<nxs_long>({"Count"}) == device.get<NP_Count>());
  EXPECT(!device.findProperty<std::string>("Status"));
  EXPECT(!device.findProperty<nxs_long>(nexus::Path{"MemorySubsystem", 0, "Size"}));
  EXPECT(device.findProperty<std::string>(NP_Vendor).value() == device.get<NP_Vendor>());
  bool listed = false;
  for (const auto &[name, value] : buffer.getProperties()) {
    listed = listed || (name == "Size" && std::get<nxs_long>(value) == 128);
  }
  EXPECT(cpu().createStream().findProperty<std::string>(NP_Status) == "Complete");
  EXPECT(listed && !buffer.getPropertyKeys().empty());
}

CASE(long_texts_are_read_whole) {
  // The record is longer than what is read at first.
  const auto record = cpu().findProperty<std::string>(NP_Record);
  EXPECT(record && record->size() > 256 && record->front() == '{' && record->back() == '}');
}

CASE(buffers_have_contents) {
  const nexus::Device device = cpu();
  const nexus::Buffer zeros = device.createBuffer(16);
  EXPECT(zeros.size() == 16 && zeros.dataType() == NXS_DataType_Undefined);
  EXPECT((zeros.to<std::byte>() == std::vector<std::byte>(16)));
  const nexus::Buffer list = device.createBuffer({1, 2, 3});
  EXPECT(list.dataType() == NXS_DataType_I32 && (list.to<int>() == std::vector<int>{1, 2, 3}));
  list.fill(-7);
  EXPECT((list.to<int>() == std::vector<int>{-7, -7, -7}));
  list.fill(std::array<unsigned char, 2>{1, 2});
  EXPECT(list.to<int>()[0] == 0x02010201);
  list.copyFrom(std::vector<int>{4, 5, 6});
  EXPECT(list.to<int>()[2] == 6 && (list.shape() == std::vector<std::size_t>{3}));
  struct Point {
    float x, y, z;
  };
  const nexus::Buffer points = device.createBuffer(std::vector<Point>{{1, 2, 3}, {4, 5, 6}});
  EXPECT(points.dataType() == NXS_DataType_Undefined && points.to<Point>()[1].z == 6);
  const nexus::Buffer none = device.createBuffer(std::vector<float>());
  EXPECT(none.size() == 0 && none.to<float>().empty());
  none.copyFrom(std::vector<float>());
}

CASE(buffers_have_layouts_and_views) {
  nxs_buffer_layout layout{};
  layout.data_type = NXS_DataType_F16;
  layout.rank = 2;
  layout.dim[0] = 2;
  layout.dim[1] = 3;
  const nexus::Buffer halves = cpu().createBuffer(layout, nullptr);
  EXPECT(halves.size() == 12 && (halves.shape() == std::vector<std::size_t>{2, 3}));
  halves.fill(1.5f);
  EXPECT(halves.to<unsigned short>()[5] == 0x3e00);
  const nexus::Buffer words = halves.view<unsigned>();
  EXPECT(words.dataType() == NXS_DataType_U32 && (words.shape() == std::vector<std::size_t>{3}));
  EXPECT(words == halves && words.to<unsigned>()[0] == 0x3e003e00);
}

CASE(schedules_run_with_streams_and_events) {
  const nexus::Device device = cpu();
  const nexus::Buffer x = ones();
  const nexus::Event event = device.createEvent();
  const nexus::Stream first = device.createStream();
  const nexus::Stream second = device.createStream();
  const nexus::Schedule producer = device.createSchedule();
  const nexus::Schedule consumer = device.createSchedule();
  producer.createCommand(kernel("scale"), {8, 32}, x, 2.0f);
  producer.createSignalCommand(event, 1, NXS_EventCommandSettings_PerRun);
  consumer.createWaitCommand(event, 2);
  consumer.createCommand(kernel("scale"), {8, 32}, x, 10.0f);
  consumer.run(second, NXS_ExecutionSettings_NonBlocking);
  producer.run(first);
  EXPECT(event.value() == 1 && !event.waitFor(std::chrono::milliseconds(1), 2));
  producer.run(first, NXS_ExecutionSettings_Timing);
  EXPECT(producer.get<NP_ElapsedTime>() >= 0);
  event.wait(2);
  second.synchronize();
  EXPECT(all(x, 40.0f) && event.waitFor(std::chrono::seconds(1), 2));
  event.signal(5);
  event.wait(5, std::chrono::hours(1000000));
  EXPECT(event.get<NP_Value>() == 5 && consumer.findProperty<std::string>("Status"));
}

CASE(commands_are_changed_and_run_again) {
  const nexus::Buffer x = ones();
  const nexus::Schedule schedule = cpu().createSchedule(NXS_ExecutionSettings_Timing);
  nexus::Command command = schedule.createCommand(kernel("scale"));
  for (const float factor : {2.0f, 3.0f}) {
    command.setAll(x, factor).finalize(32, nexus::groups(1));
    schedule.run();
  }
  EXPECT(all(x, 6.0f) && command.get<NP_Type>() == "Dispatch");
}

CASE(libraries_come_from_files_and_bytes) {
  const std::string path = std::getenv("NEXUS_TEST_KERNELS");
  const nexus::Buffer x = ones();
  cpu().loadLibrary(path).getKernel("scale")({8, 32}, x, 2);
  EXPECT(all(x, 2.0f));
  cpu().loadImage(std::string(kSource)).getKernel("scale")({8, 32}, x, 2);
  EXPECT(all(x, 4.0f));
}

CASE(runtimes_and_devices_are_found) {
  const nexus::Runtimes &runtimes = nexus::getRuntimes();
  EXPECT(!runtimes.empty() && runtimes[0].name() == "cpu" && runtimes[0].getDevice() == cpu());
  EXPECT(runtimes[0] == nexus::getRuntime("cpu") && runtimes[0].getDevices().size() >= 1);
  EXPECT(runtimes[0].apiVersion() == NXS_API_VERSION && runtimes[0].has(NF_nxsLaunch));
  EXPECT(runtimes[0].origin() == "bundled" && !runtimes[0].path().empty());
  EXPECT(cpu().index() == 0 && cpu() != nexus::Device() && nexus::Device() == nexus::Device());
}

namespace {

// Whether calls compile, each for the types of its arguments.
const auto copyTo = [](auto &&range) -> decltype(nexus::Buffer().copyTo(range)) {};
const auto copyFrom = [](auto &&range) -> decltype(nexus::Buffer().copyFrom(range)) {};
const auto create = [](auto &&contents) -> decltype(void(nexus::Device().createBuffer(contents))) {
};
const auto set = [](auto &&value) -> decltype(void(nexus::Command().set(0, value))) {};
const auto finalize = [](auto &&size) -> decltype(void(nexus::Command().finalize(1, size))) {};
template <class Call, class Argument>
constexpr bool compiles = std::is_invocable_v<Call, Argument>;

}  // namespace

CASE(what_is_wrong_for_sure_does_not_compile) {
  EXPECT((compiles<decltype(copyTo), std::vector<float> &>));
  EXPECT(!(compiles<decltype(copyTo), const std::vector<float> &>));
  EXPECT(!(compiles<decltype(copyTo), std::vector<std::string> &>));
  EXPECT((compiles<decltype(copyFrom), const std::vector<float> &>));
  EXPECT(!(compiles<decltype(copyFrom), const std::vector<std::string> &>));
  EXPECT((compiles<decltype(create), std::vector<float>>));
  EXPECT(!(compiles<decltype(create), std::vector<std::string>>));
  EXPECT(!(compiles<decltype(create), std::vector<bool>>));
  EXPECT((compiles<decltype(set), int>));
  EXPECT(!(compiles<decltype(set), const char *>));
  EXPECT(!(compiles<decltype(set), std::vector<float>>));
  EXPECT((compiles<decltype(finalize), int>));
  EXPECT(!(compiles<decltype(finalize), double>));
  EXPECT(
      !(std::is_convertible_v<nexus::Buffer, int> || std::is_convertible_v<nexus::Buffer, bool>));
  EXPECT(!(std::is_convertible_v<int, nexus::Buffer>));
  EXPECT(!nexus::detail::isArgument<std::string> && nexus::detail::isArgument<nexus::Buffer>);
}

CASE(names_of_numbers) {
  EXPECT(std::string(nexus::statusName(NXS_Timeout)) == "NXS_Timeout");
  EXPECT(std::string(nexus::statusName(-1000)) == "?");
  EXPECT(std::string(nexus::dataTypeName(NXS_DataType_BF16)) == "BF16");
  EXPECT(std::string(nexus::dataTypeName(31)) == "?");
}
