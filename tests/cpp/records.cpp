// Writes all leaves of the records whose names are read, one a line: path, kind and value. The name
// "device" stands for all that is known of the CPU.
#include <nexus/device_db.hpp>
#include <nexus/nexus.hpp>

#include <cstdio>
#include <iostream>
#include <string>

namespace {

using nexus::detail::Json;

void write(const Json &value, const std::string &path) {
  if (const auto *const members = value.asObject()) {
    std::cout << path << "\tobject\t" << members->size() << '\n';
    for (const auto &member : *members) write(member.second, path + "/" + member.first);
  } else if (const auto *const items = value.asArray()) {
    std::cout << path << "\tlist\t" << items->size() << '\n';
    for (std::size_t i = 0; i < items->size(); ++i)
      write((*items)[i], path + "/" + std::to_string(i));
  } else if (const auto *const text = value.asString()) {
    std::cout << path << "\tstr\t" << *text << '\n';
  } else if (const auto *const flag = value.asBool()) {
    std::cout << path << "\tbool\t" << *flag << '\n';
  } else if (value.isInteger()) {
    std::cout << path << "\tint\t" << value.asInteger() << '\n';
  } else if (value.isNumber()) {
    char shown[64];
    std::snprintf(shown, sizeof shown, "%.17g", value.asDouble());
    std::cout << path << "\tfloat\t" << shown << '\n';
  } else {
    std::cout << path << "\tnull\t\n";
  }
}

}  // namespace

int main() {
  std::string name;
  while (std::getline(std::cin, name)) {
    std::cout << "== " << name << '\n';
    try {
      const nexus::Info found = name == "device" ? nexus::getRuntime("cpu").getDevice(0).getInfo()
                                                 : nexus::lookupDeviceInfo(name);
      std::cout << found.origin() << '\n';
      write(found.tree(), "");
    } catch (const nexus::RecordError &error) {
      std::cout << "RecordError " << error.path() << '\n';
    } catch (const nexus::NotFoundError &) {
      std::cout << "NotFoundError\n";
    }
  }
}
