// The shared libraries that this process has loaded, and the folders that pip installs them in.
#pragma once

#if defined(__APPLE__)
#include <mach-o/dyld.h>
#else
#include <link.h>
#endif

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexus::sdk {

// The paths of the loaded libraries.
inline std::vector<std::string> loaded_libraries() {
  std::vector<std::string> paths;
#if defined(__APPLE__)
  for (std::uint32_t i = 0; i < _dyld_image_count(); ++i)
    if (const char *const name = _dyld_get_image_name(i)) paths.emplace_back(name);
#else
  dl_iterate_phdr(
      [](dl_phdr_info *info, std::size_t, void *data) {
        if (info->dlpi_name)
          static_cast<std::vector<std::string> *>(data)->emplace_back(info->dlpi_name);
        return 0;
      },
      &paths);
#endif
  return paths;
}

// The paths of the loaded libraries whose file names begin with a text.
inline std::vector<std::string> loaded_libraries(std::string_view name) {
  std::vector<std::string> paths;
  for (std::string &path : loaded_libraries())
    if (std::string_view(path).substr(path.rfind('/') + 1).starts_with(name))
      paths.push_back(std::move(path));
  return paths;
}

// The site-packages folders that this process has loaded libraries from, each with a slash at the
// end. Vendors' libraries and tools that pip installs lie in them.
inline std::set<std::string> package_folders() {
  std::set<std::string> folders;
  for (const std::string &path : loaded_libraries())
    for (const std::string name : {"/site-packages/", "/dist-packages/"})
      if (const std::size_t at = path.rfind(name); at != std::string::npos)
        folders.insert(path.substr(0, at + name.size()));
  return folders;
}

}  // namespace nexus::sdk
