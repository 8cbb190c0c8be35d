#include "library.hpp"

#include <nexus-sdk/kernels/inline_headers.hpp>
#include <nexus-sdk/kernels/item_blocks.hpp>
#include <nexus-sdk/kernels/names.hpp>
#include <nexus-sdk/objects/image.hpp>
#include <nexus-sdk/objects/suggest.hpp>

#include <algorithm>
#include <array>

#include "buffer.hpp"
#include "device.hpp"
#include "parameters.hpp"

namespace nexus::metal {
using namespace sdk;
namespace {

constexpr std::string_view kMetallib = "MTLB";
// What Metal calls source that is in memory.
constexpr const char *kSourceText = "program_source";
// Metal requires sizes of threadgroup memory to be multiples of this.
constexpr NSUInteger kSharedMemoryUnit = 16;

std::string quoted(const std::string &name) { return "'" + name.substr(0, 256) + "'"; }

std::string described(const std::string &location) {
  return location.empty() ? "the library" : "'" + location + "'";
}

MetalLibrary::Source compile(id<MTLDevice> device, std::span<const std::byte> bytes,
                             std::string location) {
  const std::string text = text_in(bytes);
  if (text.empty())
    fail(NXS_InvalidBinary, described(location), " is neither a metallib nor text in UTF-8");
  // Metal finds no files, and gives the text a name of its own.
  const std::string name = location.empty() ? kSourceText : location;
  if (const std::string problems = problems_in_source(text, name); !problems.empty())
    fail(NXS_BuildProgramFailure, "compiling ", described(location), ":\n", problems);
  const std::string all = inline_headers(text, name);
  NSString *const source = [NSString stringWithUTF8String:all.c_str()];
  NSError *error = nil;
  id<MTLLibrary> library = [device newLibraryWithSource:source options:nil error:&error];
  if (!library) throw error_of(error, NXS_BuildProgramFailure, "compiling " + described(location));
  // Metal returns warnings as an error together with the library.
  return {library, "source", std::move(location), text_of([error localizedDescription]),
          declared_in_text(text)};
}

MetalLibrary::Source load(id<MTLDevice> device, std::span<const std::byte> bytes) {
  dispatch_data_t data =
      dispatch_data_create(bytes.data(), bytes.size(), nullptr, DISPATCH_DATA_DESTRUCTOR_DEFAULT);
  NSError *error = nil;
  id<MTLLibrary> library = [device newLibraryWithData:data error:&error];
  if (!library) throw error_of(error, NXS_InvalidBinary, "loading a metallib");
  return {library, "metallib", {}, {}, {}};
}

MetalLibrary::Source load(id<MTLDevice> device, const std::string &path) {
  NSString *const text = [NSString stringWithUTF8String:path.c_str()];
  if (!text) fail(NXS_InvalidValue, "the path ", quoted(path), " is not UTF-8");
  NSError *error = nil;
  id<MTLLibrary> library = [device newLibraryWithURL:[NSURL fileURLWithPath:text] error:&error];
  if (!library) throw error_of(error, NXS_InvalidBinary, "loading " + described(path));
  return {library, "metallib", path, {}, {}};
}

nxs_ulong shared_memory_beside(id<MTLComputePipelineState> state, id<MTLDevice> device) {
  const NSUInteger all = [device maxThreadgroupMemoryLength],
                   taken = [state staticThreadgroupMemoryLength];
  return all > taken ? (all - taken) / kSharedMemoryUnit * kSharedMemoryUnit : 0;
}

}  // namespace

MetalKernel::MetalKernel(Ref<Library> library, std::string name, const Pipeline &pipeline)
    : Kernel(std::move(library), std::move(name), pipeline.parameters),
      device_(static_cast<const MetalDevice &>(this->library->device).handle()),
      state_(pipeline.state),
      shared_memory_(pipeline.shared_memory),
      needs_shared_memory_(pipeline.needs_shared_memory) {}

LaunchLimits MetalKernel::launch_limits() const {
  const MTLSize group = [device_ maxThreadsPerThreadgroup];
  return {
      .max_group_items = [state_ maxTotalThreadsPerThreadgroup],
      .max_shared_memory = shared_memory_beside(state_, device_),
      // A kernel receives its position as 32-bit numbers.
      .max_items_per_dimension = std::numeric_limits<nxs_uint>::max(),
      .max_group = {group.width, group.height, group.depth},
      .needs_shared_memory = needs_shared_memory_,
  };
}

Property MetalKernel::property(nxs_property key) const {
  switch (key) {
    case NP_SIMDSize: return integer([state_ threadExecutionWidth]);
    case NP_CoreMemorySize: return integer([state_ staticThreadgroupMemoryLength]);
    case NP_MaxThreadgroupMemorySize: return integer(shared_memory_beside(state_, device_));
    default: return Kernel::property(key);
  }
}

void MetalKernel::launch(const Launch &launch, id<MTLComputeCommandEncoder> encoder) const {
  [encoder setComputePipelineState:state_];
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    const Argument &argument = launch.arguments[i];
    if (argument.buffer)
      [encoder setBuffer:static_cast<const MetalBuffer &>(*argument.buffer).handle()
                  offset:0
                 atIndex:i];
    else if (argument.is_set())
      [encoder setBytes:argument.scalar.data() length:argument.scalar_size atIndex:i];
  }
  if (shared_memory_ && launch.size.shared_memory)
    [encoder setThreadgroupMemoryLength:(launch.size.shared_memory + kSharedMemoryUnit - 1) /
                                        kSharedMemoryUnit * kSharedMemoryUnit
                                atIndex:*shared_memory_];
  const nxs_dim3 &grid = launch.size.grid, &group = launch.size.group;
  [encoder dispatchThreadgroups:MTLSizeMake(grid.x, grid.y, grid.z)
          threadsPerThreadgroup:MTLSizeMake(group.x, group.y, group.z)];
}

Ref<Library> MetalLibrary::from_memory(const MetalDevice &device,
                                       std::span<const std::byte> bytes) {
  if (begins_with(bytes, kMetallib))
    return make_ref<MetalLibrary>(device, load(device.handle(), bytes));
  return make_ref<MetalLibrary>(device, compile(device.handle(), bytes, {}));
}

Ref<Library> MetalLibrary::from_file(const MetalDevice &device, const std::string &path) {
  const std::string contents = read_file(path);
  const auto bytes = std::as_bytes(std::span(contents));
  if (begins_with(bytes, kMetallib))
    return make_ref<MetalLibrary>(device, load(device.handle(), path));
  return make_ref<MetalLibrary>(device, compile(device.handle(), bytes, path));
}

MetalLibrary::MetalLibrary(const MetalDevice &device, Source source)
    : Library(device), device_(device), source_(std::move(source)) {}

id<MTLFunction> MetalLibrary::function_of(const std::string &name) const {
  for (const std::string &entry : entries_of_name(name)) {
    NSString *const text = [NSString stringWithUTF8String:entry.c_str()];
    if (id<MTLFunction> found = text ? [source_.library newFunctionWithName:text] : nil)
      return found;
  }
  return nil;
}

Ref<Kernel> MetalLibrary::find_kernel(const std::string &name) {
  id<MTLFunction> function = function_of(name);
  if (!function)
    fail(NXS_InvalidKernelName, "the library has no kernel ", quoted(name),
         suggest(name, kernel_names()));
  if ([function functionType] != MTLFunctionTypeKernel)
    fail(NXS_InvalidKernelName, "the function ", quoted(name), " is not a kernel",
         suggest(name, kernel_names()));
  const std::string entry = text_of([function name]);
  const std::lock_guard lock(mutex_);
  auto found = pipelines_.find(entry);
  if (found == pipelines_.end())
    found = pipelines_.emplace(entry, make_pipeline(entry, function)).first;
  return make_ref<MetalKernel>(Ref<Library>(this), name_of_entry(entry), found->second);
}

Pipeline MetalLibrary::make_pipeline(const std::string &entry, id<MTLFunction> function) const {
  const std::string name = name_of_entry(entry);
  NSError *error = nil;
  MTLComputePipelineReflection *reflection = nil;
  id<MTLComputePipelineState> state =
      [device_.handle() newComputePipelineStateWithFunction:function
                                                    options:MTLPipelineOptionArgumentInfo |
                                                            MTLPipelineOptionBufferTypeInfo
                                                 reflection:&reflection
                                                      error:&error];
  if (!state) throw error_of(error, NXS_BuildProgramFailure, "preparing kernel " + quoted(name));
  Pipeline pipeline{state, {}, {}};
  read_parameters(name, [reflection bindings], pipeline);
  read_kinds(source_.declared, entry, pipeline.parameters);
  return pipeline;
}

bool MetalLibrary::is_kernel(NSString *name) const {
  return [[source_.library newFunctionWithName:name] functionType] == MTLFunctionTypeKernel;
}

std::vector<std::string> MetalLibrary::kernel_names() const {
  NSArray<NSString *> *const all = [source_.library functionNames];
  std::vector<std::string> names;
  for (NSUInteger i = 0; i < [all count]; ++i)
    if (NSString *const name = [all objectAtIndex:i]; is_kernel(name))
      names.push_back(name_of_entry(text_of(name)));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace nexus::metal
