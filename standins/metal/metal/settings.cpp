#include "settings.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../runtime/object.hpp"
#include "device.hpp"

namespace standin {
namespace {

struct Entry {
  const char *name;
  std::atomic<long> value;
};
Entry settings[] = {
#define X(ID, NAME, VALUE) {#NAME, VALUE},
    STANDIN_SETTINGS(X)
#undef X
};
std::atomic<long> runs{0};

Entry *find(const std::string &name) {
  for (Entry &entry : settings)
    if (name == entry.name) return &entry;
  return nullptr;
}

void change(Entry &entry, long value) {
  entry.value = value;
  if (&entry == &settings[kKeep]) Object::kept = static_cast<unsigned long>(value);
}

void read_environment() {
  const char *const variable = std::getenv("NEXUS_METAL_STANDIN");
  std::string rest = variable ? variable : "";
  while (!rest.empty()) {
    const std::string one = rest.substr(0, rest.find(','));
    rest.erase(0, one.size() + 1);
    const auto equals = one.find('=');
    Entry *entry = equals == one.npos ? nullptr : find(one.substr(0, equals));
    if (!entry) die("NEXUS_METAL_STANDIN says '" + one + "', which is not a setting");
    change(*entry, std::atol(one.c_str() + equals + 1));
  }
}

Entry &entry_of(Setting id) {
  static const bool read = (read_environment(), true);
  static_cast<void>(read);
  return settings[id];
}

}  // namespace

long setting(Setting id) { return entry_of(id).value.load(); }

bool fails(Setting id) {
  std::atomic<long> &left = entry_of(id).value;
  long now = left.load();
  while (now > 0)
    if (left.compare_exchange_weak(now, now - 1)) return now == 1;
  return false;
}

void count_run() { runs.fetch_add(1); }

}  // namespace standin

using namespace standin;

// Returns 0, or -1 for an unknown name.
STANDIN_EXPORT int metal_standin_set(const char *name, long value) {
  setting(kDevices);
  Entry *const entry = find(name);
  if (!entry) return -1;
  change(*entry, value);
  return 0;
}

// Returns a setting, or a count: live objects, allocated bytes of buffers, or runs, the completed
// command buffers. -1 for an unknown name.
STANDIN_EXPORT long metal_standin_get(const char *name) {
  setting(kDevices);
  if (!std::strcmp(name, "live")) return Object::live.load();
  if (!std::strcmp(name, "allocated")) return allocated_bytes();
  if (!std::strcmp(name, "runs")) return runs.load();
  const Entry *const entry = find(name);
  return entry ? entry->value.load() : -1;
}
