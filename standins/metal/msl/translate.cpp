// Translates Metal's language to C++: rewrites what macros and types of the shim cannot express.
#include <algorithm>
#include <set>
#include <sstream>

#include "signature.hpp"
#include "source.hpp"

namespace msl {
namespace {

using Tokens = std::vector<Token>;

// Of each kind that a kernel can have.
constexpr unsigned kSlots = 31;

struct Edit {
  std::size_t position, removed;
  std::string added;
};

bool is_vector_type(std::string_view word) {
  if (word.size() < 4 || word.back() < '2' || word.back() > '4') return false;
  word.remove_suffix(1);
  static constexpr std::string_view kScalars[] = {
      "float", "half", "int", "uint", "short", "ushort", "char", "uchar", "bool", "long", "ulong"};
  return std::find(std::begin(kScalars), std::end(kScalars), word) != std::end(kScalars);
}

// Floating literals become float, since Metal has no double.
void edit_number(const Token &token, std::vector<Edit> &edits) {
  const std::string_view text = token.text;
  if (text.substr(0, 2) == "0x" || text.find_first_of(".eE") == text.npos) return;
  const char last = text.back();
  if (last == 'h' || last == 'H')
    edits.push_back({token.position, text.size(),
                     "half(" + std::string(text.substr(0, text.size() - 1)) + "f)"});
  else if (last != 'f' && last != 'F')
    edits.push_back({token.position + text.size(), 0, "f"});
}

// The names of types that are classes: atomic variables, and those that the source defines.
std::set<std::string_view> classes_in(const Tokens &tokens) {
  std::set<std::string_view> names = {"atomic", "metal"};
  for (const char *const type : {"int", "uint", "bool", "ulong", "float"})
    for (const Token &token : tokens)
      if (token.text.starts_with("atomic_") && token.text.substr(7) == type)
        names.insert(token.text);
  const auto is_class = [&](std::size_t at) {
    const std::string_view text = tokens[at].text;
    return text == "struct" || text == "class" || text == "union";
  };
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (is_class(at) && tokens[at + 1].kind == Token::Kind::kWord)
      names.insert(tokens[at + 1].text);
    if (tokens[at].text != "typedef" || (!is_class(at + 1) && !names.contains(tokens[at + 1].text)))
      continue;
    // The name is the last word.
    int depth = 0;
    std::size_t end = at;
    for (; end < tokens.size() && (depth || tokens[end].text != ";"); ++end)
      depth += (tokens[end].text == "{") - (tokens[end].text == "}");
    names.insert(tokens[end - 1].text);
  }
  return names;
}

// In C++, classes cannot be copied from one address space to another. So pointers to them, and
// variables, are in the same one as all others.
void edit_classes(const Tokens &tokens, std::vector<Edit> &edits) {
  const std::set<std::string_view> classes = classes_in(tokens);
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (tokens[at].text != "threadgroup") continue;
    std::size_t type = at + 1;
    while (type + 1 < tokens.size() &&
           (tokens[type].text == "const" || tokens[type].text == "volatile" ||
            tokens[type].text == "struct"))
      ++type;
    if (classes.contains(tokens[type].text))
      edits.push_back({tokens[at].position, tokens[at].text.size(), ""});
  }
}

// Threadgroup variables become static: all threads of a group run on one thread of the host.
void edit_memory(const Tokens &tokens, const Signature &kernel, std::vector<Edit> &edits) {
  for (std::size_t at = kernel.body_begin; at < kernel.body_end; ++at) {
    const std::string_view before = tokens[at - 1].text;
    if (tokens[at].text != "threadgroup" || (before != "{" && before != "}" && before != ";"))
      continue;
    std::size_t end = at;
    while (end < kernel.body_end && tokens[end].text != ";") ++end;
    std::string sizes;
    bool pointer = false;
    int brackets = 0;
    for (std::size_t i = at; i < end; ++i) {
      brackets += (tokens[i].text == "[") - (tokens[i].text == "]");
      // Within brackets it is part of an array's size.
      pointer |= !brackets && (tokens[i].text == "*" || tokens[i].text == "&");
      const bool declared =
          tokens[i].kind == Token::Kind::kWord && i > at + 1 &&
          (i + 1 == end || tokens[i + 1].text == "[" || tokens[i + 1].text == ",");
      if (declared && !brackets)
        sizes += " MSL_STATIC_MEMORY(" + kernel.name + ", " + std::string(tokens[i].text) + ")";
    }
    if (pointer || end >= kernel.body_end) continue;
    edits.push_back({tokens[at].position, 0, "static thread_local "});
    edits.push_back({tokens[end].position + 1, 0, sizes});
  }
}

// Removes attributes, which only the entries need, and keeps the columns of what follows.
void blank_attributes(const Tokens &tokens, const std::string &source, std::vector<Edit> &edits) {
  for (std::size_t at = 0, open = 0; at < tokens.size(); ++at) {
    if (tokens[at].text == "[[") open = tokens[at].position;
    if (tokens[at].text != "]]") continue;
    std::string blank = source.substr(open, tokens[at].position + 2 - open);
    std::replace_if(blank.begin(), blank.end(), [](char c) { return c != '\n'; }, ' ');
    edits.push_back({open, blank.size(), blank});
  }
}

std::string apply(const std::string &source, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit &a, const Edit &b) { return a.position < b.position; });
  std::string text;
  std::size_t at = 0;
  for (const Edit &edit : edits) {
    text.append(source, at, edit.position - at).append(edit.added);
    at = edit.position + edit.removed;
  }
  return text.append(source, at);
}

bool has_slot(const Parameter &parameter) {
  return parameter.attribute == "buffer" || parameter.attribute == "threadgroup" ||
         parameter.attribute == "texture";
}

const char *kind_of(const Parameter &parameter) {
  if (parameter.attribute == "texture") return "kTexture";
  return parameter.is_memory ? "kMemory" : "kBuffer";
}

bool waits(const Tokens &tokens) {
  return std::any_of(tokens.begin(), tokens.end(), [](const Token &token) {
    return token.text == "threadgroup_barrier" || token.text.substr(0, 5) == "simd_" ||
           token.text == "simdgroup_barrier";
  });
}

void write_entry(const Signature &kernel, std::ostream &out) {
  for (const Parameter &parameter : kernel.parameters)
    if (parameter.index.value_or(0) >= kSlots)
      out << "static_assert(false, \"'" << parameter.attribute
          << "' attribute parameter is out of bounds: must be between 0 and " << kSlots - 1
          << "\");\n";
  out << "MSL_BEGIN(" << kernel.name << ")\n";
  for (std::size_t i = 0; i < kernel.parameters.size(); ++i) {
    const Parameter &parameter = kernel.parameters[i];
    if (!has_slot(parameter)) continue;
    out << "MSL_ARGUMENT(" << kernel.name << ", " << i << ", \"" << parameter.name << "\", "
        << kind_of(parameter) << ", " << parameter.index.value_or(0) << ", "
        << (parameter.active ? "true" : "false") << ")\n";
  }
  out << "MSL_RUN(" << kernel.name << ")";
  for (std::size_t i = 0; i < kernel.parameters.size(); ++i) {
    const Parameter &parameter = kernel.parameters[i];
    out << (i ? ",\n" : "\n");
    if (parameter.attribute == "texture")
      out << "{}";
    else if (has_slot(parameter))
      out << "MSL_SLOT(" << kernel.name << ", " << i << ", "
          << (parameter.is_memory ? "memories" : "buffers") << ", " << parameter.index.value_or(0)
          << ")";
    else
      out << "MSL_VALUE(" << kernel.name << ", " << i << ", " << parameter.attribute << ")";
  }
  out << "\nMSL_END\n";
}

}  // namespace

Translation translate(const std::string &source) {
  const Tokens tokens = tokenize(source);
  const std::vector<Signature> kernels = find_functions(tokens);
  std::vector<Edit> edits;
  blank_attributes(tokens, source, edits);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == Token::Kind::kNumber) edit_number(tokens[i], edits);
    if (is_vector_type(tokens[i].text) && i + 1 < tokens.size() && tokens[i + 1].text == "(")
      edits.push_back({tokens[i].position, tokens[i].text.size(),
                       "::msl::make<" + std::string(tokens[i].text) + ">"});
  }
  for (const Signature &kernel : kernels) edit_memory(tokens, kernel, edits);
  edit_classes(tokens, edits);
  std::ostringstream out;
  out << "#line 1 \"entries\"\n";
  for (const Signature &kernel : kernels)
    if (kernel.type == Signature::kKernel) write_entry(kernel, out);
  out << "MSL_KERNELS_BEGIN\n";
  for (const Signature &kernel : kernels)
    if (kernel.type == Signature::kKernel)
      out << "MSL_KERNEL(" << kernel.name << ", " << kernel.max_threads << ", "
          << (waits(tokens) ? "true" : "false") << ")\n";
    else
      out << "MSL_OTHER(" << kernel.name << ", " << kernel.type << ")\n";
  out << "MSL_KERNELS_END\n";
  return {apply(source, edits) + "\n", out.str()};
}

}  // namespace msl
