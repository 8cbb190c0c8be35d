// A trial load of an image by the system's dynamic loader in a process of its own.
#pragma once

#include <string>

namespace nexus::cpu {

// Fails with NXS_InvalidBinary, in the loader's own words, for a file that the loader refuses or
// does not survive. The loader maps the file and what it needs and relocates them; it runs no code
// of theirs. A missing library or symbol passes here, since this process may have it loaded
// already: dlopen has the last word. The file is `path`, or the open one `descriptor` if it is not
// -1. `name` is what messages call it.
//
// It takes about 2 ms.
//
// Without GNU's loader, and in a process with another user's rights, in which that loader ignores
// its environment, nothing is checked.
void check_with_system_loader(const std::string &path, int descriptor, const std::string &name);

}  // namespace nexus::cpu
