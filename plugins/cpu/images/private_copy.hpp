// A file of our own with the content of an image, for the loader to open.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "descriptor.hpp"
#include "file.hpp"

namespace nexus::cpu {

// The loader maps the file that it opens, so that whoever overwrites a library changes or crashes
// the code that runs; and it takes a file that it has loaded before for the same library, which
// would share its variables. A copy has neither problem.
//
// It is in memory where the system can do that, else in a temporary folder. What the loader has
// opened stays when the copy is gone.
class PrivateCopy {
 public:
  // `name` is a file name, for debuggers. Fails with NXS_OutOfResources.
  PrivateCopy(std::span<const std::byte> bytes, const std::string &name);

  // The path for the loader, which no other copy has while this one exists or its descriptor is
  // open.
  const std::string &path() const { return path_; }
  int descriptor() const { return *file_; }
  // What must stay open while the library is loaded; -1 if nothing must. The loader compares paths
  // with those of loaded libraries, and only a path in a temporary folder is new each time.
  Descriptor take_anchor();

 private:
  void write(std::span<const std::byte> bytes);

  std::string path_;
  std::optional<TemporaryFolder> folder_;
  Descriptor file_;
};

}  // namespace nexus::cpu
