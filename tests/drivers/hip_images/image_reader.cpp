// Reads images for AMD's devices as the plugin does. A request on standard input is the sizes of a
// target and of an image, as 32-bit numbers, and then both. The answer is a line: a JSON object.
#include <nexus-sdk/base/json.hpp>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <vector>

#include "images/read_image.hpp"

using nexus::sdk::JsonObject;

namespace {

JsonObject described(const nexus::sdk::Parameter &parameter) {
  return JsonObject()
      .add("name", parameter.name)
      .add("kind", static_cast<nxs_long>(parameter.kind))
      .add("data_type", parameter.data_type)
      .add("size", static_cast<nxs_long>(parameter.size));
}

JsonObject described(const nexus::gpu::Image &image) {
  std::vector<JsonObject> kernels;
  for (const auto &[name, parameters] : image.kernels) {
    std::vector<JsonObject> all;
    for (const auto &parameter : parameters) all.push_back(described(parameter));
    kernels.push_back(JsonObject().add("name", name).add("parameters", all));
  }
  return JsonObject()
      .add("type", image.type)
      .add("message", image.message)
      .add("size", static_cast<nxs_long>(image.data.size()))
      .add("kernels", kernels);
}

// Exactly as large as it is, so that a sanitizer sees an access beyond it.
template <class Bytes>
Bytes read(std::uint32_t size) {
  Bytes bytes(size);
  if (size && std::fread(bytes.data(), 1, size, stdin) != size) std::exit(1);
  return bytes;
}

}  // namespace

int main() {
  std::uint32_t sizes[2];
  while (std::fread(sizes, sizeof sizes, 1, stdin) == 1) {
    const auto target = read<std::vector<char>>(sizes[0]);
    const auto image = read<std::vector<std::byte>>(sizes[1]);
    JsonObject answer;
    try {
      answer =
          described(nexus::hip::read_image(image, "", std::string(target.begin(), target.end())));
    } catch (const nexus::sdk::Error &error) {
      answer.add("status", error.status()).add("message", error.what());
    }
    std::cout << answer.text() << std::endl;
  }
}
