// Short names for long texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nexus::cpu {

// A hash of a sequence of texts, in 32 hexadecimal digits. It tells different contents apart; it is
// no protection against somebody who makes two contents with the same hash.
std::string digest(const std::vector<std::string_view> &parts);

}  // namespace nexus::cpu
