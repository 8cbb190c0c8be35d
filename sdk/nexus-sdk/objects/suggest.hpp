// Suggestions for a name that does not exist.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace nexus::sdk {

// The number of characters to insert, delete or replace to turn one text into the other
// (Levenshtein distance).
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

// The end of an error message: the known names that are most similar to `wanted`.
inline std::string suggest(std::string_view wanted, std::vector<std::string> known) {
  constexpr std::size_t kMost = 3, kLongest = 256;
  if (known.empty()) return "; it has no kernels";
  wanted = wanted.substr(0, kLongest);
  std::sort(known.begin(), known.end(), [&](const std::string &a, const std::string &b) {
    const std::size_t to_a = edit_distance(wanted, a), to_b = edit_distance(wanted, b);
    return to_a != to_b ? to_a < to_b : a < b;
  });
  std::string text = "; the nearest are";
  for (std::size_t i = 0; i < std::min(kMost, known.size()); ++i)
    text.append(i ? ", '" : " '").append(known[i]).append("'");
  return text;
}

}  // namespace nexus::sdk
