/**
 * @file libraries.hpp
 * Libraries and kernels: from files and from memory, never unloaded.
 */
#ifndef NEXUS_FIELD_LIBRARIES_HPP
#define NEXUS_FIELD_LIBRARIES_HPP

#include <unistd.h>
#include <nexus/detail/files.hpp>
#include <nexus/field/queries.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace nexus::field {

/** A kernel of a library. */
struct NamedKernel {
  std::string name;
  nxs_int handle;
};

/** A library. */
struct LoadedLibrary {
  /** The kernels that were asked for, each once, since such plugins never release them. */
  std::vector<NamedKernel> kernels;
  /** Whether its owner has released it. The plugin's library stays: such plugins unload the code
   * under commands that use it. */
  bool released = false;
};

/** A file that is removed at the end of a scope. */
class TemporaryFile {
 public:
  TemporaryFile(const void *data, std::size_t size) {
    const char *const folder = std::getenv("TMPDIR");
    path_ = std::string(folder && *folder ? folder : "/tmp") + "/nexus-XXXXXX.so";
    const int made = mkstemps(path_.data(), 3);
    std::FILE *const file = made < 0 ? nullptr : fdopen(made, "wb");
    const bool done = file && std::fwrite(data, 1, size, file) == size;
    const bool closed = file && std::fclose(file) == 0;
    if (done && closed) return;
    if (made >= 0) unlink(path_.c_str());
    throw Refused{NXS_OutOfResources, quotedPath() + " cannot be written"};
  }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  const std::string &path() const { return path_; }

 private:
  std::string quotedPath() const { return detail::quoted(path_); }

  std::string path_;
};

/** The functions of libraries and kernels. */
class Libraries {
 public:
  explicit Libraries(Original &original) : original_(original) {}

  nxs_int create(nxs_int device, void *data, nxs_uint size, nxs_uint settings) {
    if (!data || !size) {
      throw Refused{NXS_InvalidValue, "the image of the library is NULL or empty"};
    }
    if (original_.has(NF_nxsCreateLibrary)) {
      return load([&] { return original_.table.CreateLibrary(device, data, size, settings); });
    }
    // A loaded library needs its file no more.
    const TemporaryFile file(data, size);
    return load([&] {
      return original_.table.CreateLibraryFromFile(device, file.path().c_str(), settings);
    });
  }

  nxs_int createFromFile(nxs_int device, const char *path, nxs_uint settings) {
    const std::string name = path ? path : "";
    requireFile(name);
    if (original_.has(NF_nxsCreateLibraryFromFile)) {
      // Such plugins look a name without a slash up in the system's folders.
      const std::string whole = detail::realPath(name);
      return load(
          [&] { return original_.table.CreateLibraryFromFile(device, whole.c_str(), settings); });
    }
    std::string image = contentsOf(name);
    return load([&] {
      return original_.table.CreateLibrary(device, image.data(),
                                           static_cast<nxs_uint>(image.size()), settings);
    });
  }

  void release(nxs_int library) {
    const Lock lock(original_.mutex);
    find(library).released = true;
  }

  void getLibraryProperty(nxs_int library, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    find(library);
    if (!original_.has(NF_nxsGetLibraryProperty)) throw Refused{NXS_InvalidProperty, ""};
    answer(valueOf(property,
                   [&](void *memory, std::size_t *length) {
                     return original_.table.GetLibraryProperty(library, property, memory, length);
                   }),
           value, size);
  }

  nxs_int getKernel(nxs_int library, const char *name) {
    const Lock lock(original_.mutex);
    LoadedLibrary &known = find(library);
    if (!name || !*name) {
      throw Refused{NXS_InvalidKernelName, "the kernel's name is NULL or empty"};
    }
    for (const NamedKernel &before : known.kernels) {
      if (before.name == name) return before.handle;
    }
    requireRoom(kernels_.size(), "kernels");
    const nxs_int made = original_.table.GetKernel(library, name);
    if (made < 0) {
      throw Refused{NXS_InvalidKernelName, "the library has no kernel " + detail::quoted(name) +
                                               ": the plugin's status is " + std::to_string(made)};
    }
    known.kernels.push_back({name, made});
    kernels_.add(made, library);
    return made;
  }

  void getKernelProperty(nxs_int kernel, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    requireKernel(kernel);
    if (!original_.has(NF_nxsGetKernelProperty)) throw Refused{NXS_InvalidProperty, ""};
    answer(valueOf(property,
                   [&](void *memory, std::size_t *length) {
                     return original_.table.GetKernelProperty(kernel, property, memory, length);
                   }),
           value, size);
  }

  /** Refuses what is not a kernel of a library that is not released. */
  void requireKernel(nxs_int kernel) {
    const nxs_int library = kernels_.get(kernel, NXS_InvalidKernel);
    if (!libraries_.find(library)->released) return;
    throw Refused{NXS_InvalidKernel, "the kernel's library has been released"};
  }

 private:
  template <class Load>
  nxs_int load(const Load &load) {
    const Lock lock(original_.mutex);
    requireRoom(libraries_.size(), "libraries, which such plugins cannot unload safely,");
    const nxs_int made = load();
    if (made < 0) {
      // Their statuses say nothing: a missing file is an invalid library to them.
      throw Refused{NXS_InvalidBinary,
                    "the plugin does not load it; its status is " + std::to_string(made)};
    }
    libraries_.add(made, {});
    return made;
  }

  LoadedLibrary &find(nxs_int library) {
    LoadedLibrary &known = libraries_.get(library, NXS_InvalidLibrary);
    if (!known.released) return known;
    throw Refused{NXS_InvalidLibrary,
                  "the library " + std::to_string(library) + " has been released"};
  }

  /** Refuses a path unless it names a regular file that can be read. */
  static void requireFile(const std::string &path) {
    std::string reason;
    if (!detail::exists(path)) {
      reason = std::string(" cannot be read: ") + std::strerror(errno);
    } else if (!detail::isRegularFile(path)) {
      reason = " is not a regular file";
    } else if (access(path.c_str(), R_OK) != 0) {
      reason = " cannot be read: no permission";
    }
    if (!reason.empty()) throw Refused{NXS_InvalidValue, detail::quoted(path) + reason};
  }

  static std::string contentsOf(const std::string &path) {
    std::string contents;
    std::FILE *const file = std::fopen(path.c_str(), "rb");
    if (!file) throw Refused{NXS_InvalidValue, detail::quoted(path) + " cannot be read"};
    char part[1 << 14];
    while (const std::size_t count = std::fread(part, 1, sizeof part, file)) {
      contents.append(part, count);
    }
    std::fclose(file);
    return contents;
  }

  Original &original_;
  Objects<LoadedLibrary> libraries_;
  /** The library of each kernel. */
  Objects<nxs_int> kernels_;
};

}  // namespace nexus::field

#endif  // NEXUS_FIELD_LIBRARIES_HPP
