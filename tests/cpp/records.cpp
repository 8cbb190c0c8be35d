// Writes all leaves of the records whose names are read, one a line: path, kind and value. The name
// "device" stands for all that is known of the CPU; "find", vendor, type, architecture and product
// with tabs between them for the record of such a device.
#include <nexus/device_db.hpp>
#include <nexus/nexus.hpp>

#include <cstdio>
#include <iostream>
#include <optional>
#include <sstream>
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

nexus::Info find(const std::string &device) {
  std::istringstream fields(device);
  std::string find, vendor, type, architecture, product;
  for (std::string *const field : {&find, &vendor, &type, &architecture, &product})
    std::getline(fields, *field, '\t');
  const std::optional<nexus::Info> found =
      nexus::deviceDatabase().find(vendor, type, architecture, product);
  if (!found) throw nexus::NotFoundError("no record");
  return *found;
}

}  // namespace

int main() {
  std::string name;
  while (std::getline(std::cin, name)) {
    std::cout << "== " << name << '\n';
    try {
      const nexus::Info found = name == "device" ? nexus::getRuntime("cpu").getDevice(0).getInfo()
                                : name.rfind("find\t", 0) == 0 ? find(name)
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
