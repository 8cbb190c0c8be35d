// The headers that kernels include, carried by the plugin itself: hosts copy plugins to folders of
// their own, without the folder of headers.
#pragma once

#include <string>

namespace nexus::cpu {

// A folder with the headers in its folder nexus-api: below the cache of compiled kernels, under a
// name that tells their contents, or a temporary one where there is no cache. Fails where no folder
// can be written.
std::string unpacked_headers();

}  // namespace nexus::cpu
