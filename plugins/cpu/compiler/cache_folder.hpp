// The folder of compiled libraries. Code from it is executed, so it is used only if nobody but this
// user can have written to it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descriptor.hpp"
#include "file.hpp"

namespace nexus::cpu {

// "cpu" in $NEXUS_CACHE_DIR, else "nexus/cpu" in $XDG_CACHE_HOME or ~/.cache.
class CacheFolder {
 public:
  // Makes the folder if it is missing, or one below it, by the names of the way. Never fails;
  // problem() says why it is not used.
  explicit CacheFolder(const std::vector<std::string> &below = {});

  // The names that begin with a prefix, the newest file first.
  std::vector<std::string> names(const std::string &prefix) const;
  // The content of a file that belongs to this user and that nobody else can write to, and no link.
  // Nothing where there is none.
  std::optional<Bytes> read(const std::string &name) const;
  // Replaces a file as a whole: whoever opens it finds the old content or the new.
  void write(const std::string &name, std::span<const std::byte> content);

  const std::string &path() const { return path_; }
  // Why the folder, or the last write to it, failed, as part of a sentence; else empty.
  const std::string &problem() const { return problem_; }

 private:
  void open_base(const std::string &base);
  // Makes and opens a folder in the current one, and checks whose it is.
  void enter(const std::string &name);
  void fail_with(const std::string &reason) { problem_ = "'" + path_ + "' " + reason; }

  std::string path_, problem_;
  Descriptor folder_;
};

}  // namespace nexus::cpu
