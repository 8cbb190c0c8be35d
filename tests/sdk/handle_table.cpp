// Checks of the SDK's handle table that calls of the ABI reach only by chance.
#include <nexus-sdk/base/handle_table.hpp>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

using namespace nexus::sdk;

namespace {

struct Parent final : Object {
  static constexpr Kind kKind = Kind::kSchedule;
  Parent() : Object(kKind) {}
};

struct Child final : Object {
  static constexpr Kind kKind = Kind::kCommand;
  Child() : Object(kKind) {}
};

void require(bool holds, const char *what) {
  if (holds) return;
  std::printf("wrong: %s\n", what);
  std::exit(1);
}

template <class Call>
nxs_status status_of(const Call &call) {
  try {
    call();
  } catch (const Error &error) {
    return error.status();
  }
  return NXS_Success;
}

nxs_long live(const HandleTable &table, Kind kind) {
  return table.live()[static_cast<std::size_t>(kind)];
}

// A thread creates a child while another releases the parent: the object exists, its handle not
// yet.
void a_parent_is_released_before_its_child_is_inserted() {
  HandleTable table;
  const nxs_int parent = table.insert(make_ref<Parent>());
  Ref<Child> child = make_ref<Child>();
  table.remove(parent, Kind::kSchedule);
  require(status_of([&] { table.insert(child, parent, Kind::kSchedule); }) == NXS_InvalidSchedule,
          "a child of a released parent is refused");
  require(live(table, Kind::kCommand) == 0, "it has no handle");
  require(child.unique(), "the table holds no reference to it");
}

// Children leave their parent in any order, and the parent takes those that are left with it.
void children_leave_in_any_order() {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    HandleTable table;
    const nxs_int parent = table.insert(make_ref<Parent>());
    std::vector<nxs_int> children;
    for (int step = 0; step < 40; ++step) {
      if (children.empty() || random() % 3) {
        children.push_back(table.insert(make_ref<Child>(), parent, Kind::kSchedule));
        continue;
      }
      const auto place = children.begin() + static_cast<std::ptrdiff_t>(random() % children.size());
      table.remove(*place, Kind::kCommand);
      children.erase(place);
    }
    require(live(table, Kind::kCommand) == static_cast<nxs_long>(children.size()), "live children");
    table.remove(parent, Kind::kSchedule);
    require(live(table, Kind::kCommand) == 0, "a parent takes all of its children with it");
    for (const nxs_int child : children)
      require(status_of([&] { table.find<Child>(child); }) == NXS_InvalidCommand, "they are gone");
  }
}

// A handle that was released is not issued again before its slot's generations are used up, and
// never has the generation 0, which is that of device indexes.
void generations_return_to_one() {
  HandleTable table;
  std::vector<bool> seen(1u << 31);
  for (long i = 0; i < 10'000'000; ++i) {
    const nxs_int handle = table.insert(make_ref<Child>());
    require(handle >= 1 << 21, "the generation is not 0");
    if (i < 8'000'000) {
      require(!seen[static_cast<std::size_t>(handle)], "a handle is not issued twice");
      seen[static_cast<std::size_t>(handle)] = true;
    }
    table.remove(handle, Kind::kCommand);
  }
}

}  // namespace

int main() {
  a_parent_is_released_before_its_child_is_inserted();
  children_leave_in_any_order();
  generations_return_to_one();
  std::puts("done");
}
