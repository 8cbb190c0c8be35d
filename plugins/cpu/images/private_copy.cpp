#include "images/private_copy.hpp"

#include <fcntl.h>
#include <nexus-api/nxs.h>
#include <sys/mman.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>

#include <cerrno>
#include <cstring>

namespace nexus::cpu {
using namespace sdk;
namespace {

// A file in memory, or -1 where the system has none.
Descriptor memory_file(const std::string &name) {
#if defined(__linux__)
  // The system shows the name in the process's map of memory.
  const Descriptor file(memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC));
  return above_inherited(file);
#else
  static_cast<void>(name);
  return Descriptor();
#endif
}

}  // namespace

PrivateCopy::PrivateCopy(std::span<const std::byte> bytes, const std::string &name)
    : file_(memory_file(name)) {
  if (*file_ < 0) {
    folder_.emplace();
    path_ = folder_->file(name);
    file_ = above_inherited(Descriptor(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0700)));
    write(bytes);
    return;
  }
  write(bytes);
  path_ = concat("/proc/self/fd/", *file_);
  try {
    // Under its own name, where there is a place for one.
    folder_.emplace();
    const std::string link = folder_->file(name);
    if (symlink(path_.c_str(), link.c_str()) == 0)
      path_ = link;
    else
      folder_.reset();
  } catch (const Error &) {
    // Without a temporary folder the path of the descriptor serves.
    return;
  }
}

PrivateCopy::~PrivateCopy() {
  if (folder_) unlink(path_.c_str());
}

Descriptor PrivateCopy::take_anchor() { return folder_ ? Descriptor() : std::move(file_); }

void PrivateCopy::write(std::span<const std::byte> bytes) {
  if (*file_ < 0 || !write_all(*file_, bytes))
    fail(NXS_OutOfResources, "no copy of the library can be made: ", std::strerror(errno));
}

}  // namespace nexus::cpu
