#include "library.hpp"

#include <cstring>
#include <fstream>
#include <sstream>

#include "settings.hpp"

STANDIN_EXPORT standin::Object *const MTLLibraryErrorDomain;

using namespace standin;

namespace {

enum Code : long { kUnsupported = 1, kCompileFailure = 3, kCompileWarning = 4, kFileNotFound = 6 };

// The magic number of metallibs. In those of the stand-in, the required major version of macOS
// follows in four bytes, and then the source.
constexpr std::string_view kMagic = "MTLB";

struct CompileOptions : Object {
  CompileOptions() : Object(MTLCompileOptions) {}
  bool fast() { return fast_; }
  void set_fast(bool value) { fast_ = value; }
  long mode() { return mode_; }
  void set_mode(long value) { mode_ = value; }
  unsigned long language() { return language_; }
  void set_language(unsigned long value) { language_ = value; }

 private:
  bool fast_ = true;
  long mode_ = 2;
  unsigned long language_ = 196609;
};

Library *fail(Error **error, long code, const std::string &text) {
  set_error(error, MTLLibraryErrorDomain, code, text);
  return nullptr;
}

Library *compile(Device *device, const std::string &source, Error **error) {
  if (fails(kFailLibrary)) return fail(error, kCompileFailure, "Compiler internal error");
  std::string messages;
  auto module = msl::Module::compile(source, messages);
  if (!module)
    return fail(error, kCompileFailure, "program_source: compilation failed\n" + messages);
  if (!messages.empty())
    set_error(error, MTLLibraryErrorDomain, kCompileWarning,
              "Compilation succeeded with:\n\n" + messages);
  return new Library(*device, std::move(module));
}

Library *load(Device *device, const std::string &bytes, Error **error) {
  unsigned system;
  const std::size_t header = kMagic.size() + sizeof system;
  if (bytes.size() < header || bytes.compare(0, kMagic.size(), kMagic))
    return fail(error, kUnsupported, "Invalid library file");
  std::memcpy(&system, bytes.data() + kMagic.size(), sizeof system);
  if (static_cast<long>(system) > setting(kSystem))
    return fail(error, kUnsupported,
                "This library is using a deployment target (macOS " + std::to_string(system) +
                    ") that is not supported on this OS (macOS " +
                    std::to_string(setting(kSystem)) + ").");
  return compile(device, bytes.substr(header), error);
}

}  // namespace

Object *const MTLLibraryErrorDomain =
    new String("MTLLibraryErrorDomain", Object::Lifetime::kProcess);

Library *Library::from_source(Device *device, SEL, Object *source, Object *, Error **error) {
  if (!source) die("newLibraryWithSource:options:error: without a source");
  return compile(device, utf8(source), error);
}

Library *Library::from_data(Device *device, SEL, DispatchData *data, Error **error) {
  if (!data) die("newLibraryWithData:error: without data");
  return load(device, data->bytes, error);
}

Library *Library::from_file(Device *device, SEL, Url *url, Error **error) {
  if (!url) die("newLibraryWithURL:error: without a URL");
  std::ifstream file(url->text(), std::ios::binary);
  if (!file) return fail(error, kFileNotFound, "library not found");
  std::ostringstream contents;
  contents << file.rdbuf();
  return load(device, contents.str(), error);
}

Object *Library::function_names() {
  std::vector<Strong<Object>> names;
  for (const msl::Kernel &kernel : module->kernels()) names.emplace_back(string(kernel.name));
  return static_cast<Object *>(autorelease(new Array(std::move(names))));
}

Function *Library::function(Object *name) {
  for (const msl::Kernel &kernel : module->kernels())
    if (!std::strcmp(kernel.name, utf8(name))) return new Function(this, kernel);
  return nullptr;
}

STANDIN_DEFINE_CLASS(StandinLibrary, &NSObject, destroy<Library>,
                     {
                         STANDIN_RESOURCE_METHODS(Library),
                         method<&Library::function_names>("functionNames"),
                         method<&Library::function>("newFunctionWithName:"),
                     })
STANDIN_DEFINE_CLASS(StandinFunction, &NSObject, destroy<Function>,
                     {
                         method<&Function::name>("name"),
                         method<&Function::type>("functionType"),
                     })
STANDIN_DEFINE_CLASS(MTLCompileOptions, &NSObject, destroy<CompileOptions>,
                     {
                         method(
                             "init", +[](Object *self, SEL) { return self; }),
                         method<&CompileOptions::fast>("fastMathEnabled"),
                         method<&CompileOptions::set_fast>("setFastMathEnabled:"),
                         method<&CompileOptions::mode>("mathMode"),
                         method<&CompileOptions::set_mode>("setMathMode:"),
                         method<&CompileOptions::language>("languageVersion"),
                         method<&CompileOptions::set_language>("setLanguageVersion:"),
                     },
                     {
                         method(
                             "alloc", +[](Class *, SEL) { return new CompileOptions; }),
                         method(
                             "new", +[](Class *, SEL) { return new CompileOptions; }),
                     })
