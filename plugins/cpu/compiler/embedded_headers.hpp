// The headers that kernels include, carried by the plugin itself: hosts copy plugins to folders of
// their own, without the folder of headers.
#pragma once

#include <span>
#include <string>

namespace nexus::cpu {

struct EmbeddedHeader {
  // Its name below nexus-api/.
  const char *name;
  const char *text;
};

// Defined by a file that setup.py generates. Empty in builds without it.
std::span<const EmbeddedHeader> embedded_headers();

// A folder with the embedded headers in its folder nexus-api: below the cache of compiled kernels,
// under a name that tells their contents, or a temporary one where there is no cache. Empty without
// embedded headers. Fails where no folder can be written.
std::string unpacked_headers();

}  // namespace nexus::cpu
