#include "pipeline.hpp"

#include "settings.hpp"

using namespace standin;

namespace {

struct PointerType : Object {
  explicit PointerType(const msl::Argument &argument)
      : Object(MTLPointerType), argument(argument) {}
  unsigned long element_type() { return argument.data_type; }
  unsigned long access() { return argument.access; }
  unsigned long alignment() { return argument.alignment; }
  unsigned long size() { return argument.size; }
  const msl::Argument argument;
};

}  // namespace

Object *Reflection::list(Class &isa) const {
  std::vector<Strong<Object>> bindings;
  for (unsigned i = 0; i < kernel_.argument_count; ++i)
    bindings.emplace_back(
        static_cast<Object *>(autorelease(new Binding(isa, library_, kernel_.arguments[i]))));
  return static_cast<Object *>(autorelease(new Array(std::move(bindings))));
}

Object *Binding::pointer_type() {
  return static_cast<Object *>(autorelease(new PointerType(argument_)));
}

Pipeline *Pipeline::create(Device *device, SEL, Function *function, Error **error) {
  if (!function) die("a pipeline state without a function");
  if (!function->kernel.run) die("a compute pipeline state with a function that is not a kernel");
  if (fails(kFailPipeline) || function->kernel.static_memory() > Device::kMaxGroupMemory) {
    constexpr long kInternal = 2;
    set_error(error, string("AGXMetal"), kInternal,
              "Threadgroup memory size exceeds the maximum threadgroup memory allowed, or the "
              "compiler failed to build the request");
    return nullptr;
  }
  return new Pipeline(*device, function);
}

Pipeline *Pipeline::create_with_reflection(Device *device, SEL selector, Function *function,
                                           unsigned long options, Reflection **reflection,
                                           Error **error) {
  Pipeline *pipeline = create(device, selector, function, error);
  constexpr unsigned long kBindingInfo = 1;
  if (pipeline && reflection && options & kBindingInfo)
    *reflection = static_cast<Reflection *>(autorelease(new Reflection(*function)));
  return pipeline;
}

STANDIN_DEFINE_CLASS(StandinPipeline, &NSObject, destroy<Pipeline>,
                     {
                         method<&Pipeline::get_device>("device"),
                         method<&Pipeline::label>("label"),
                         method<&Pipeline::max_threads>("maxTotalThreadsPerThreadgroup"),
                         method<&Pipeline::simd_width>("threadExecutionWidth"),
                         method<&Pipeline::static_memory>("staticThreadgroupMemoryLength"),
                     })
STANDIN_DEFINE_CLASS(MTLComputePipelineReflection, &NSObject, destroy<Reflection>,
                     {
                         method<&Reflection::arguments>("arguments"),
                         method<&Reflection::bindings>("bindings"),
                     })
// Properties that both share.
#define BINDING_METHODS                                                                        \
  method<&Binding::name>("name"), method<&Binding::access>("access"),                          \
      method<&Binding::index>("index"), method<&Binding::alignment>("bufferAlignment"),        \
      method<&Binding::size>("bufferDataSize"), method<&Binding::data_type>("bufferDataType"), \
      method<&Binding::pointer_type>("bufferPointerType"),                                     \
      method<&Binding::alignment>("threadgroupMemoryAlignment"),                               \
      method<&Binding::size>("threadgroupMemoryDataSize")

STANDIN_DEFINE_CLASS(MTLArgument, &NSObject, destroy<Binding>,
                     {
                         BINDING_METHODS,
                         method<&Binding::argument_type>("type"),
                         method<&Binding::active>("isActive"),
                     })
STANDIN_DEFINE_CLASS(StandinBinding, &NSObject, destroy<Binding>,
                     {
                         BINDING_METHODS,
                         method<&Binding::binding_type>("type"),
                         method<&Binding::active>("isUsed"),
                         method<&Binding::is_argument>("isArgument"),
                     })
STANDIN_DEFINE_CLASS(MTLPointerType, &NSObject, destroy<PointerType>,
                     {
                         method<&PointerType::element_type>("elementType"),
                         method<&PointerType::access>("access"),
                         method<&PointerType::alignment>("alignment"),
                         method<&PointerType::size>("dataSize"),
                     })
