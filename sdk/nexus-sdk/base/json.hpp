// Writes JSON objects, such as the property Record of a device.
#pragma once

#include <nexus-api/nxs_platform.h>

#include <string>
#include <string_view>
#include <vector>

namespace nexus::sdk {

inline std::string json_text(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted.push_back('\\');
    if (byte < 0x20)
      quoted.append("\\u00").append({kDigits[byte >> 4], kDigits[byte & 15]});
    else
      quoted.push_back(c);
  }
  return quoted + '"';
}

// An object under construction. What is unknown, a number 0 or an empty text, list or object, is
// left out.
class JsonObject {
 public:
  JsonObject &add(std::string_view name, nxs_long number) {
    return number ? member(name, std::to_string(number)) : *this;
  }

  JsonObject &add(std::string_view name, std::string_view text) {
    return text.empty() ? *this : member(name, json_text(text));
  }

  JsonObject &add(std::string_view name, const JsonObject &object) {
    return object.empty() ? *this : member(name, object.text());
  }

  JsonObject &add(std::string_view name, const std::vector<std::string> &texts) {
    return list(name, texts, json_text);
  }

  JsonObject &add(std::string_view name, const std::vector<nxs_long> &numbers) {
    return list(name, numbers, [](nxs_long number) { return std::to_string(number); });
  }

  JsonObject &add(std::string_view name, const std::vector<JsonObject> &objects) {
    return list(name, objects, [](const JsonObject &object) { return object.text(); });
  }

  bool empty() const { return members_.empty(); }
  std::string text() const { return "{" + members_ + "}"; }

 private:
  JsonObject &member(std::string_view name, std::string_view value) {
    if (!members_.empty()) members_ += ", ";
    members_.append(json_text(name)).append(": ").append(value);
    return *this;
  }

  JsonObject &list(std::string_view name, const auto &items, const auto &written) {
    std::string all;
    for (const auto &item : items) all.append(all.empty() ? "" : ", ").append(written(item));
    return all.empty() ? *this : member(name, "[" + all + "]");
  }

  std::string members_;
};

}  // namespace nexus::sdk
