// Prints what the SDK makes of a kernel's source on standard input: with "inline", the source with
// headers in place; with "declared", the kernels that it declares; with "dynamic", those that use
// shared memory whose size a launch gives.
#include <nexus-sdk/kernels/declarations.hpp>
#include <nexus-sdk/kernels/inline_headers.hpp>

#include <iostream>
#include <iterator>

int main(int, char **arguments) {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (arguments[1] == std::string("inline")) {
    std::cout << nexus::sdk::inline_headers(text, "my \"kernels\".c");
    return 0;
  }
  if (arguments[1] == std::string("dynamic")) {
    for (const auto &entry : nexus::sdk::using_dynamic_memory(text)) std::cout << entry << '\n';
    return 0;
  }
  for (const auto &[entry, parameters] : nexus::sdk::declared_in_text(text)) {
    std::cout << entry;
    for (const auto &[name, kind] : parameters)
      std::cout << ' ' << name << '=' << static_cast<int>(kind);
    std::cout << '\n';
  }
}
