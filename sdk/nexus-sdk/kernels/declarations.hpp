// What a text says about the arguments of kernels of nxs_kernel.h, for devices whose own reports
// about kernels say less.
#pragma once

#include <nexus-sdk/kernels/names.hpp>
#include <nexus-sdk/kernels/source_text.hpp>
#include <nexus-sdk/objects/library.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nexus::sdk {

struct DeclaredArgument {
  std::string name;
  Parameter::Kind kind;

  friend bool operator==(const DeclaredArgument &, const DeclaredArgument &) = default;
};

// By entry point. A text may have several declarations of one, of which its preprocessor takes one.
using DeclaredKernels = std::multimap<std::string, std::vector<DeclaredArgument>>;

namespace detail {

class Declarations {
 public:
  explicit Declarations(std::string_view text) : code_(without_comments(text)) {}

  std::set<std::string> with_dynamic_memory() {
    std::set<std::string> found;
    std::string entry;
    while (at_ < code_.size()) {
      const std::string_view next = word();
      if (next == "NXS_KERNEL" && word() == "(")
        entry = std::string(kEntryPrefix).append(word());
      else if (next == "NXS_SHARED_DYNAMIC" && !entry.empty())
        found.insert(entry);
    }
    return found;
  }

  DeclaredKernels all() {
    DeclaredKernels found;
    while (at_ < code_.size()) {
      if (word() != "NXS_KERNEL") continue;
      const auto kernel = declaration();
      if (kernel) found.insert(*kernel);
    }
    return found;
  }

 private:
  // The next word, or one other character.
  std::string_view word() {
    at_ = code_.find_first_not_of(" \t\r\n", at_);
    if (at_ == code_.npos) at_ = code_.size();
    const std::size_t begin = at_;
    while (at_ < code_.size() && is_word(code_[at_])) ++at_;
    if (at_ == begin && at_ < code_.size()) ++at_;
    return std::string_view(code_).substr(begin, at_ - begin);
  }

  // Behind NXS_KERNEL; nothing where this is not of the documented form.
  std::optional<std::pair<std::string, std::vector<DeclaredArgument>>> declaration() {
    if (word() != "(") return {};
    const std::string entry = std::string(kEntryPrefix).append(word());
    std::vector<DeclaredArgument> arguments;
    std::string_view next = word();
    while (next == ",") {
      const auto one = argument();
      if (!one) return {};
      arguments.push_back(*one);
      next = word();
    }
    if (next != ")") return {};
    return std::pair(entry, std::move(arguments));
  }

  std::optional<DeclaredArgument> argument() {
    static constexpr std::pair<std::string_view, Parameter::Kind> kKinds[] = {
        {"NXS_IN", Parameter::Kind::kIn},
        {"NXS_OUT", Parameter::Kind::kOut},
        {"NXS_OUT_ONCE", Parameter::Kind::kOut},
        {"NXS_SCALAR", Parameter::Kind::kScalar},
    };
    const std::string_view macro = word();
    for (const auto &[name, kind] : kKinds) {
      if (macro != name || word() != "(") continue;
      // The name is the last word.
      std::string_view last;
      for (std::string_view next = word(); next != ")"; next = word()) {
        if (next.empty() || next == "(") return {};
        last = next;
      }
      return DeclaredArgument{std::string(last), kind};
    }
    return {};
  }

  const std::string code_;
  std::size_t at_ = 0;
};

}  // namespace detail

// The kernels that a text declares by NXS_KERNEL itself, rather than by a macro of its own.
inline DeclaredKernels declared_in_text(std::string_view text) {
  return detail::Declarations(text).all();
}

// The entry points of those kernels that use shared memory whose size a launch gives.
inline std::set<std::string> using_dynamic_memory(std::string_view text) {
  return detail::Declarations(text).with_dynamic_memory();
}

}  // namespace nexus::sdk
