// Structures of an ELF file of this machine, out of bytes that may be anything.
#pragma once

#include <elf.h>
#include <link.h>

#include <nexus-sdk/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nexus::cpu::elf {
using namespace sdk;

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);
using Dynamic = ElfW(Dyn);
using Symbol = ElfW(Sym);
using Relocation = ElfW(Rela);
using Word = ElfW(Addr);

// Whatever lies outside of the bytes is an error.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string &name) : bytes_(bytes), name_(name) {}

  template <class... Parts>
  [[noreturn]] void reject(const Parts &...parts) const {
    fail(NXS_InvalidBinary, name_, " is no kernel library: ", parts...);
  }

  void check_range(std::uint64_t offset, std::uint64_t size, const char *what) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset)
      reject("its ", what, " lies beyond its end at ", bytes_.size(),
             " bytes; it may be truncated");
  }

  template <class T>
  T at(std::uint64_t offset, const char *what) const {
    check_range(offset, sizeof(T), what);
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count, const char *what) const {
    if (count > bytes_.size() / sizeof(T)) reject("its ", what, " has ", count, " entries");
    check_range(offset, count * sizeof(T), what);
    std::vector<T> values(count);
    if (count) std::memcpy(values.data(), bytes_.data() + offset, count * sizeof(T));
    return values;
  }

  std::string_view text(std::uint64_t offset, std::uint64_t size, const char *what) const {
    check_range(offset, size, what);
    return {reinterpret_cast<const char *>(bytes_.data() + offset), size};
  }

 private:
  const std::span<const std::byte> bytes_;
  const std::string &name_;
};

}  // namespace nexus::cpu::elf
