#include "images/read_image.hpp"

#include <nexus-sdk/objects/image.hpp>

#include "images/code_object.hpp"
#include "images/compiler.hpp"
#include "images/offload_bundle.hpp"
#include "images/ptx.hpp"
#include "images/target.hpp"

namespace nexus::hip {
namespace {

Image read_binary(Bytes bytes, const std::string &target) {
  CodeObject object = read_code_object(bytes);
  if (!fitness(object.target, target))
    fail(NXS_InvalidBinary, "the image is for ", object.target, ", and the device is ", target,
         ": build it with --offload-arch=", target.substr(0, target.find(':')));
  return {std::string(gpu::text_of(bytes)), "hsaco", {}, std::move(object.kernels)};
}

}  // namespace

Image read_image(Bytes bytes, const std::string &path, const std::string &target) {
  if (begins_with(bytes, "\177ELF")) return read_binary(bytes, target);
  if (is_bundle(bytes)) return read_binary(code_object_for(bytes, target), target);
  if (begins_with(bytes, "CCOB"))
    fail(NXS_InvalidBinary,
         "the image is a compressed fat binary, which this plugin does not unpack: build it with "
         "--no-offload-compress");
  if (begins_with(bytes, "FPIH"))
    fail(NXS_InvalidBinary,
         "the image is the structure that points to a fat binary; pass the fat binary itself");
  // Text may end in NULs.
  std::string text(gpu::text_of(bytes));
  text.resize(text.find_last_not_of('\0') + 1);
  if (!is_text(text))
    fail(NXS_InvalidBinary, path.empty() ? "the image" : "'" + path + "'",
         " is neither a code object, nor a fat binary, nor text");
  if (gpu::is_ptx(text)) return gpu::ptx_image(std::move(text));
  return compile(text, path.empty() ? "source.hip" : path, target);
}

}  // namespace nexus::hip
