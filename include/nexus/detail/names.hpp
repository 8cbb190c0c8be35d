/**
 * @file names.hpp
 * Names of statuses, data types and properties, and suggestions for misspelt ones.
 */
#ifndef NEXUS_DETAIL_NAMES_HPP
#define NEXUS_DETAIL_NAMES_HPP

#include <nexus-api.h>
#include <nexus/detail/abi_names.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace nexus::detail {

/** A property: its name and the format of its values. */
struct PropertyEntry {
  const char *name;
  nxs_property_type type;
};

/** The properties, by nxs_property. */
inline constexpr PropertyEntry kProperties[] = {
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) {#NAME, NXS_PropertyType_##TYPE},
#include <nexus-api/_nxs_propertys.h>
#undef NEXUS_API_PROP
};

/** The names of the formats, by nxs_property_type. */
inline constexpr const char *kPropertyTypeNames[] = {"str",     "int",     "flt",    "str_vec",
                                                     "int_vec", "flt_vec", "obj_vec"};

inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char &letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

/** Returns how many letters have to be changed, added or removed to make one word of the other. */
inline std::size_t editDistance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

/** Returns "; did you mean NAME?" for the closest of some names; an empty text if none is close. */
template <class Names>
std::string nearest(std::string_view name, const Names &among) {
  std::string_view best;
  std::size_t least = name.size() / 3 + 2;
  for (const std::string_view known : among) {
    const std::size_t distance = editDistance(lower(name), lower(known));
    if (distance < least) least = distance, best = known;
  }
  return best.empty() ? "" : "; did you mean " + std::string(best) + "?";
}

/** Returns names, separated by commas; "none" if there are none. */
template <class Names>
std::string listed(const Names &names) {
  std::string text;
  for (const auto &name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text.empty() ? "none" : text;
}

/** Returns a text in quotation marks. */
inline std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace nexus::detail

namespace nexus {

/** Returns the name of a data type, such as "F32"; "?" for a number that is none. */
inline const char *dataTypeName(nxs_uint type) {
  for (const detail::Named &known : detail::kDataTypes) {
    if (static_cast<nxs_uint>(known.number) == type) return known.name;
  }
  return "?";
}

/** Returns the name of a status, such as "NXS_InvalidBuffer"; "?" for a number that is none. */
inline const char *statusName(nxs_int status) {
  for (const detail::Named &known : detail::kStatuses) {
    if (known.number == status) return known.name;
  }
  return "?";
}

}  // namespace nexus

#endif  // NEXUS_DETAIL_NAMES_HPP
