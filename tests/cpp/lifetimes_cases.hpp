// Objects end in any order. Under AddressSanitizer, which also finds what is never freed.
#include "device.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace {

// One object of each kind, which refer to each other.
struct Family {
  nexus::Library library = ::library();
  nexus::Kernel kernel = library.getKernel("scale");
  nexus::Buffer buffer = ones();
  nexus::Event event = cpu().createEvent();
  nexus::Stream stream = cpu().createStream();
  nexus::Schedule schedule = cpu().createSchedule();
  nexus::Command command = schedule.createCommand(kernel);

  Family() {
    command.setAll(buffer, 2.0f).finalize(8, 32);
    schedule.createSignalCommand(event);
    schedule.run(stream, NXS_ExecutionSettings_NonBlocking);
  }

  // Closes an object, or ends the reference to it.
  void end(int which, bool closes) {
    const auto end = [&](auto &object) {
      if (closes)
        object.close();
      else
        object = {};
    };
    switch (which) {
      case 0: return end(library);
      case 1: return end(kernel);
      case 2: return end(buffer);
      case 3: return end(event);
      case 4: return end(stream);
      case 5: return end(schedule);
      default: return end(command);
    }
  }
};

long liveObjects() {
  long count = 0;
  for (const nxs_long live : nexus::getRuntime("cpu").get<NP_LiveObjects>()) {
    count += static_cast<long>(live);
  }
  return count;
}

// Objects of static life end after main, and after what this file has started with.
nexus::Buffer atExit;
Family *atExitToo = nullptr;

}  // namespace

CASE(objects_end_in_any_order) {
  const long before = liveObjects();
  std::vector<int> order = {0, 1, 2, 3, 4, 5, 6};
  int number = 0;
  do {
    // Each seventh of the 5040 orders.
    if (number++ % 7) continue;
    Family family;
    for (const int which : order) family.end(which, (number / 7) % 2 == 0);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT(liveObjects() == before);
}

CASE(objects_are_copied_and_moved) {
  const long before = liveObjects();
  {
    nexus::Buffer first = ones();
    nexus::Buffer second = first;
    nexus::Buffer third = std::move(first);
    EXPECT(!first && second == third && liveObjects() == before + 1);
    second = nexus::Buffer();
    EXPECT(third && liveObjects() == before + 1);
    third.close();
    EXPECT(!third && liveObjects() == before);
    third.close();
  }
  const nexus::Kernel kernel = [] { return ::kernel("scale"); }();
  const nexus::Buffer x = ones();
  kernel({8, 32}, x, 2);
  EXPECT(all(x, 2.0f));
}

CASE(schedules_outlive_what_they_use) {
  const nexus::Buffer x = ones();
  const nexus::Schedule schedule = cpu().createSchedule();
  {
    const nexus::Kernel kernel = ::kernel("scale");
    const nexus::Buffer temporary = ones();
    schedule.createCommand(kernel, {8, 32}, temporary, 2.0f);
    schedule.createCommand(kernel, {8, 32}, x, 2.0f);
  }
  schedule.run();
  EXPECT(all(x, 2.0f));
}

CASE(objects_live_until_exit) {
  atExit = ones();
  static Family family;
  atExitToo = &family;
  EXPECT(atExit && atExitToo->buffer);
}
