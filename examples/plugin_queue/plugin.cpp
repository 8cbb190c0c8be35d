#include <nexus-sdk/base/process.hpp>
#include <nexus-sdk/plugin.hpp>
#include <nexus-sdk/streams/deferred_stream.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>

using namespace nexus::sdk;

class HostBuffer final : public Buffer {
 public:
  HostBuffer(const Device &device, const Request &request) : Buffer(device, request) {
    if (request.wrap) fail(NXS_InvalidOperation, "this device wraps no memory");
    data_.resize(size);
    if (request.host_ptr && size) write(request.host_ptr);
  }
  void read(void *host) override { std::memcpy(host, data_.data(), size); }
  void write(const void *host) override { std::memcpy(data_.data(), host, size); }
  void fill(const void *pattern, std::size_t pattern_size) override {
    for (std::size_t at = 0; at < size; at += pattern_size)
      std::memcpy(&data_[at], pattern, pattern_size);
  }
  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(data_.data()); }

 private:
  std::vector<std::byte> data_;
};

// The numbers in a buffer of the launch.
template <class T>
std::span<T> numbers(const Launch &launch, std::size_t index) {
  const Buffer &buffer = *launch.arguments[index].buffer;
  return {reinterpret_cast<T *>(buffer.address()), buffer.size / sizeof(T)};
}

// A scalar that is a count.
std::size_t count(const Launch &launch, std::size_t index) {
  nxs_int value;
  std::memcpy(&value, launch.arguments[index].scalar.data(), sizeof value);
  return static_cast<std::size_t>(std::max(value, 0));
}

void negate(const Launch &launch, std::size_t items) {
  const auto x = numbers<float>(launch, 0);
  for (std::size_t i = 0; i < std::min(items, x.size()); ++i) x[i] = -x[i];
}

void add(const Launch &launch, std::size_t items) {
  const auto a = numbers<float>(launch, 0), b = numbers<float>(launch, 1);
  const auto c = numbers<float>(launch, 2);
  const std::size_t n = std::min({items, count(launch, 3), a.size(), b.size(), c.size()});
  for (std::size_t i = 0; i < n; ++i) c[i] = a[i] + b[i];
}

void fill(const Launch &launch, std::size_t items) {
  const auto x = numbers<nxs_int>(launch, 0);
  nxs_int value;
  std::memcpy(&value, launch.arguments[1].scalar.data(), sizeof value);
  const std::size_t n = std::min({items, count(launch, 2), x.size()});
  for (std::size_t i = 0; i < n; ++i) x[i] = value;
}

struct Code {
  void (*run)(const Launch &, std::size_t items);
  std::vector<Parameter> parameters;
};

// Made when it is first needed, since loading does no work, and never destroyed, since the threads
// of streams may outlive everything else.
const std::map<std::string, Code> &codes() {
  constexpr auto kIn = Parameter::Kind::kIn, kOut = Parameter::Kind::kOut;
  constexpr auto kScalar = Parameter::Kind::kScalar;
  constexpr auto kFloat = NXS_DataType_F32, kInt = NXS_DataType_I32;
  static const auto *const all = new std::map<std::string, Code>{
      {"negate", {negate, {{"x", kOut, kFloat, 4}}}},
      {"add",
       {add,
        {{"a", kIn, kFloat, 4},
         {"b", kIn, kFloat, 4},
         {"c", kOut, kFloat, 4},
         {"n", kScalar, kInt, 4}}}},
      {"fill",
       {fill, {{"x", kOut, kInt, 4}, {"value", kScalar, kInt, 4}, {"n", kScalar, kInt, 4}}}},
  };
  return *all;
}

class CodeKernel final : public Kernel {
 public:
  CodeKernel(Ref<Library> library, const std::string &name, const Code &code)
      : Kernel(std::move(library), name, code.parameters), code(code) {}
  LaunchLimits launch_limits() const override { return {256, 0, 1u << 30}; }

  const Code &code;
};

// A library is a text: the names of its kernels.
class TextLibrary final : public Library {
 public:
  TextLibrary(const Device &device, const std::string &text) : Library(device) {
    std::istringstream words(text);
    for (std::string name; words >> name; names_.push_back(name))
      if (!codes().contains(name)) fail(NXS_InvalidBinary, "there is no kernel '", name, "'");
    if (names_.empty()) fail(NXS_InvalidBinary, "the library names no kernel");
  }
  Ref<Kernel> find_kernel(const std::string &name) override {
    if (std::ranges::find(names_, name) == names_.end())
      fail(NXS_InvalidKernelName, "the library has no kernel '", name, "'");
    return make_ref<CodeKernel>(Ref<Library>(this), name, codes().at(name));
  }
  std::vector<std::string> kernel_names() const override { return names_; }
  std::string location() const override { return {}; }
  std::string type() const override { return "text"; }

 private:
  std::vector<std::string> names_;
};

// The device's side of a queue: a thread that does what it is given, in order. The thread keeps it.
class Worker {
 public:
  // Returns the stream's queue, if it must be advanced.
  using Job = std::function<Ref<WorkQueue>()>;

  static std::shared_ptr<Worker> start() {
    auto worker = std::make_shared<Worker>();
    start_thread([worker] { worker->work(); });
    return worker;
  }

  // Nothing, an empty job, ends the thread.
  void push(Job job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_all();
  }
  void drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.empty() && !busy_; });
  }

  // When the interval that is timed began; used by the thread.
  nxs_long interval_start = 0;

 private:
  void work() {
    while (const Job job = next()) {
      const Ref<WorkQueue> queue = job();
      finish();
      // A queue that drains holds its lock, so it is advanced only when the work counts as done.
      if (queue) advance_all({queue});
    }
  }

  Job next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !jobs_.empty(); });
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = static_cast<bool>(job);
    return job;
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool busy_ = false;
};

class NegateQueue final : public DeviceQueue {
 public:
  NegateQueue() : worker_(Worker::start()) {}
  ~NegateQueue() override { worker_->push(nullptr); }

  void launch(const Launch &launch) override {
    worker_->push([&launch] {
      const auto &kernel = static_cast<const CodeKernel &>(*launch.kernel);
      kernel.code.run(launch, launch.size.group_items() * launch.size.group_count());
      return Ref<WorkQueue>();
    });
  }
  void order_after(Marker &marker) override {
    worker_->push([awaited = Ref<Marker>(&marker)] {
      awaited->wait();
      return Ref<WorkQueue>();
    });
  }
  Ref<Marker> record(MarkerUse use) override {
    const Ref<CallbackMarker> marker = make_ref<CallbackMarker>();
    worker_->push([marker, owner = owner(), worker = worker_.get(), timed = use.timed] {
      marker->complete(std::nullopt, timed ? Timing{worker->interval_start, clock_ns()} : Timing());
      return owner;
    });
    return marker;
  }
  void begin_interval() override {
    worker_->push([worker = worker_.get()] {
      worker->interval_start = clock_ns();
      return Ref<WorkQueue>();
    });
  }
  void drain() noexcept override { worker_->drain(); }
  bool calls_back() const override { return true; }

 private:
  const std::shared_ptr<Worker> worker_;
};

class HostDevice final : public Device {
 public:
  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("Negator");
      case NP_Type: return std::string("other");
      default: return {};
    }
  }
  Ref<Buffer> create_buffer(const Buffer::Request &request) override {
    return make_ref<HostBuffer>(*this, request);
  }
  Ref<Library> create_library(std::span<const std::byte> image) override {
    return make_ref<TextLibrary>(
        *this, std::string(reinterpret_cast<const char *>(image.data()), image.size()));
  }
  Ref<Library> create_library_from_file(const std::string &path) override {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return make_ref<TextLibrary>(*this, text.str());
  }
  Ref<Stream> create_stream(nxs_uint settings) override {
    return make_ref<DeferredStream>(*this, settings, std::make_unique<NegateQueue>());
  }
};

class NegateBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<HostDevice>());
    return devices;
  }
  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("negate");
      case NP_Version: return std::string("0.1.0");
      default: return {};
    }
  }
};

NEXUS_PLUGIN(NegateBackend)
