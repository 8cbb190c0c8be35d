#if !defined(__APPLE__)

#include <nexus-sdk/base/ascii.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

#include "host/text_file.hpp"
#include "host/topology.hpp"

namespace nexus::cpu {
namespace {

// More levels, or processors in one list, than any machine has.
constexpr int kMostCaches = 64;
constexpr nxs_long kMostProcessors = 1 << 20;

std::string type_of(const std::string &level, const std::string &kind) {
  return "L" + level + (kind == "Instruction" ? "I" : "");
}

// Adds a cache to those that equal it.
void count_cache(std::vector<Cache> &caches, const Cache &found) {
  const auto facts = [](const Cache &cache) {
    return std::tie(cache.type, cache.size, cache.shared_by, cache.line_size, cache.ways);
  };
  const auto same = std::find_if(caches.begin(), caches.end(),
                                 [&](const Cache &cache) { return facts(cache) == facts(found); });
  if (same == caches.end())
    caches.push_back(found);
  else
    ++same->count;
}

// Counts the caches of which a processor is the first user.
void read_caches(const std::string &processor, nxs_long number, std::vector<Cache> &caches) {
  for (int index = 0; index < kMostCaches; ++index) {
    const std::string folder = processor + "cache/index" + std::to_string(index) + "/";
    const std::string size = first_line(folder + "size");
    if (size.empty()) return;
    const std::vector<nxs_long> users = listed_numbers(first_line(folder + "shared_cpu_list"));
    if (users.empty() || users.front() != number) continue;
    Cache cache;
    cache.type = type_of(first_line(folder + "level"), first_line(folder + "type"));
    cache.size = size_in(size);
    cache.count = 1;
    cache.shared_by = static_cast<nxs_long>(users.size());
    cache.line_size = number_in(folder + "coherency_line_size");
    cache.ways = number_in(folder + "ways_of_associativity");
    count_cache(caches, cache);
  }
}

// Whether a cache comes before another: the higher level, and data before instructions.
bool comes_before(const Cache &one, const Cache &other) {
  const auto level = [](const Cache &cache) { return cache.type.substr(1, 1); };
  return std::tuple(level(other), one.type.size(), other.size) <
         std::tuple(level(one), other.type.size(), one.size);
}

}  // namespace

std::vector<nxs_long> listed_numbers(const std::string &list) {
  std::vector<nxs_long> numbers;
  const char *at = list.c_str();
  while (sdk::is_digit(*at)) {
    char *end = nullptr;
    const nxs_long first = std::strtoll(at, &end, 10);
    const nxs_long last = *end == '-' ? std::strtoll(end + 1, &end, 10) : first;
    for (nxs_long n = first; n <= std::min(last, kMostProcessors); ++n) numbers.push_back(n);
    at = *end == ',' ? end + 1 : end;
  }
  return numbers;
}

nxs_long size_in(const std::string &text) {
  char *end = nullptr;
  const nxs_long number = std::strtoll(text.c_str(), &end, 10);
  return number * (*end == 'K' ? 1 << 10 : *end == 'M' ? 1 << 20 : *end == 'G' ? 1 << 30 : 1);
}

Topology read_topology(const std::string &devices) {
  Topology found;
  std::set<std::string> sockets;
  for (const nxs_long number : listed_numbers(first_line(devices + "/cpu/online"))) {
    const std::string processor = devices + "/cpu/cpu" + std::to_string(number) + "/";
    ++found.threads;
    const auto threads = listed_numbers(first_line(processor + "topology/thread_siblings_list"));
    if (!threads.empty() && threads.front() == number) ++found.cores;
    const std::string socket = first_line(processor + "topology/physical_package_id");
    if (!socket.empty()) sockets.insert(socket);
    read_caches(processor, number, found.caches);
  }
  found.sockets = static_cast<nxs_long>(sockets.size());
  found.numa_nodes =
      static_cast<nxs_long>(listed_numbers(first_line(devices + "/node/online")).size());
  std::stable_sort(found.caches.begin(), found.caches.end(), comes_before);
  return found;
}

}  // namespace nexus::cpu

#endif
