#include "images/ptx.hpp"

#include <charconv>
#include <optional>

namespace nexus::gpu {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Splits a text into words separated by blanks and commas.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::optional<std::string_view> next() {
    const std::size_t begin = text_.find_first_not_of(" \t\r\n,");
    if (begin == text_.npos) return {};
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,", begin), text_.size());
    const std::string_view word = text_.substr(begin, end - begin);
    text_.remove_prefix(end);
    return word;
  }

 private:
  std::string_view text_;
};

// The size in bytes of a fundamental type such as ".u32"; 0 for anything else.
std::size_t size_of_type(std::string_view word) {
  if (word.size() < 3 || word[0] != '.' || std::string_view("bsuf").find(word[1]) == word.npos)
    return 0;
  std::size_t bits = 0;
  const auto [end, problem] = std::from_chars(word.data() + 2, word.data() + word.size(), bits);
  return problem == std::errc() && end == word.data() + word.size() ? bits / 8 : 0;
}

// "name[16]" is an array: a structure that is passed by value.
std::size_t array_length(std::string_view &name) {
  const std::size_t bracket = name.find('[');
  if (bracket == name.npos) return 1;
  std::size_t length = 0;
  std::from_chars(name.data() + bracket + 1, name.data() + name.size(), length);
  name = name.substr(0, bracket);
  return length;
}

Parameter parameter(std::string_view declaration) {
  std::string_view type, name;
  std::size_t size = 0;
  bool address = false;
  Words words(declaration);
  while (const auto word = words.next()) {
    name = *word;
    address |= *word == ".ptr";
    if (const std::size_t bytes = size_of_type(*word)) {
      type = *word;
      size = bytes;
    }
  }
  const std::size_t length = array_length(name);
  const bool may_be_address = size == sizeof(nxs_ulong) && type[1] != 'f' && length == 1;
  // PTX does not say whether the kernel writes to it.
  const auto kind = address          ? Parameter::Kind::kOut
                    : may_be_address ? Parameter::Kind::kAny
                                     : Parameter::Kind::kScalar;
  const nxs_uint data_type = length != 1      ? NXS_DataType_Undefined
                             : type == ".f32" ? NXS_DataType_F32
                             : type == ".f64" ? NXS_DataType_F64
                                              : NXS_DataType_Undefined;
  return {std::string(name), kind, data_type, size * length};
}

std::vector<Parameter> parameters(std::string_view list) {
  constexpr std::string_view kParameter = ".param";
  std::vector<Parameter> found;
  for (std::size_t at = list.find(kParameter); at != list.npos;) {
    const std::size_t begin = at + kParameter.size();
    at = list.find(kParameter, begin);
    found.push_back(parameter(list.substr(begin, at == list.npos ? at : at - begin)));
  }
  return found;
}

// Whether a line begins with the word, ignoring leading blanks.
bool has_line(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t before = text.find_last_not_of(" \t", at ? at - 1 : 0);
    if (at == 0 || before == text.npos || text[before] == '\n') return true;
  }
  return false;
}

}  // namespace

bool is_ptx(std::string_view text) {
  return has_line(text, ".version") && has_line(text, ".target");
}

Kernels declared_kernels(std::string_view ptx) {
  constexpr std::string_view kEntry = ".entry";
  Kernels kernels;
  for (std::size_t at = ptx.find(kEntry); at != ptx.npos; at = ptx.find(kEntry, at + 1)) {
    const std::size_t begin = ptx.find_first_not_of(kBlanks, at + kEntry.size());
    const std::size_t end = ptx.find_first_of(" \t\r\n({.", begin);
    if (end == ptx.npos) break;
    std::vector<Parameter> &list = kernels[std::string(ptx.substr(begin, end - begin))];
    const std::size_t open = ptx.find_first_of("({", end);
    if (open != ptx.npos && ptx[open] == '(')
      list = parameters(ptx.substr(open + 1, ptx.find(')', open) - open - 1));
  }
  return kernels;
}

Image ptx_image(std::string text) {
  Kernels kernels = declared_kernels(text);
  return {std::move(text), "ptx", {}, std::move(kernels)};
}

}  // namespace nexus::gpu
