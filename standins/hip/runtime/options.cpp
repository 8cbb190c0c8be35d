#include "options.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace standin::hip {
namespace {

Options read_environment() {
  Options read;
  const char *text = std::getenv("HIP_STANDIN");
  std::istringstream stream{std::string(text ? text : "")};
  for (std::string option; std::getline(stream, option, ',');) {
    const std::string name = option.substr(0, option.find('='));
    const std::string value = option.substr(std::min(name.size() + 1, option.size()));
    if (name == "version" && std::atoi(value.c_str()) > 0) {
      read.version = std::atoi(value.c_str());
    } else if (name == "target" && value.starts_with("gfx")) {
      read.target = value;
    } else {
      std::fprintf(stderr, "HIP_STANDIN: \"%s\" is not known\n", option.c_str());
      std::abort();
    }
  }
  return read;
}

}  // namespace

const Options &options() {
  static const Options read = read_environment();
  return read;
}

}  // namespace standin::hip
