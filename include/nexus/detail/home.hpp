/**
 * @file home.hpp
 * The folder of the installation, with the plugins and the device database.
 */
#ifndef NEXUS_DETAIL_HOME_HPP
#define NEXUS_DETAIL_HOME_HPP

#include <cstdlib>
#include <string>

namespace nexus::detail {

/** Returns the folder that a path lies in; "." for one without a separator. */
inline std::string parentOf(const std::string &path) {
  const std::size_t end = path.find_last_of('/');
  return end == std::string::npos ? "." : path.substr(0, end);
}

/**
 * Returns the folder of the installation: the environment variable NEXUS_HOME, else what the
 * program was compiled with as NEXUS_HOME, a string literal, else the folder that this header lies
 * in.
 */
inline std::string home() {
  const char *const wanted = std::getenv("NEXUS_HOME");
  if (wanted && *wanted) return wanted;
#ifdef NEXUS_HOME
  return NEXUS_HOME;
#else
  // The folder, then include/nexus/detail/home.hpp.
  return parentOf(parentOf(parentOf(parentOf(__FILE__))));
#endif
}

}  // namespace nexus::detail

#endif  // NEXUS_DETAIL_HOME_HPP
