// Prints vendor and architecture of the devices on standard input, one a line: whether it is a CPU,
// name, vendor, version, vendor ID, NVIDIA's major and minor capability, Intel's version of the
// graphics block, with tabs between them; numbers are decimal.
#include <nexus-sdk/hardware/identity.hpp>

#include <iostream>
#include <sstream>
#include <string>

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream fields(line);
    const auto text = [&fields] {
      std::string field;
      std::getline(fields, field, '\t');
      return field;
    };
    const auto number = [&text] { return static_cast<std::uint32_t>(std::stoul(text())); };
    nexus::sdk::DriverAnswers answers;
    answers.cpu = number() == 1;
    answers.name = text();
    answers.vendor = text();
    answers.version = text();
    answers.vendor_id = number();
    answers.nvidia_major = number();
    answers.nvidia_minor = number();
    answers.intel_ip = number();
    std::cout << nexus::sdk::vendor_of(answers) << '\t' << nexus::sdk::architecture_of(answers)
              << '\n';
  }
}
