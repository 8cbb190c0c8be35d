#include "execution/pool.hpp"

#include <nexus-sdk/base/process.hpp>
#include <nexus-sdk/base/spin_lock.hpp>
#include <nexus-sdk/streams/host_stream.hpp>

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <exception>
#include <thread>

#include "host/processors.hpp"
#include "settings.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

// Below this much work, giving some to a spinning worker costs more than it saves.
constexpr double kHotFanOutNs = 1500;
// The same for a sleeping worker.
constexpr double kColdFanOutNs = 30000;
// Small enough that a late thread delays the launch little, large enough that taking one is cheap.
constexpr nxs_ulong kChunksPerThread = 8;
// A shorter chunk would take little longer than claiming it.
constexpr double kLeastChunkNs = 1000;

#if defined(__linux__)

int current_cpu() { return sched_getcpu(); }

// Moves this thread off a processor if the process may use others.
void leave_cpu(int cpu) {
  static const cpu_set_t allowed = allowed_processors();
  cpu_set_t others = allowed;
  CPU_CLR(cpu, &others);
  if (CPU_COUNT(&others)) sched_setaffinity(0, sizeof others, &others);
}

#else

int current_cpu() { return -1; }
void leave_cpu(int) {}

#endif

constexpr std::uint64_t pack(std::uint64_t begin, std::uint64_t end) { return begin << 32 | end; }

}  // namespace

struct Pool::Job {
  Body body;
  nxs_ulong count;
  nxs_ulong chunks;
  // The number of threads that get a share of the chunks.
  int members;
  // The processor of the calling thread, -1 if unknown.
  int caller_cpu = current_cpu();
  // Workers that have run any chunk.
  std::atomic<int> helpers{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure{};

  void do_chunks(nxs_ulong first, nxs_ulong last) {
    const nxs_ulong share = count / chunks, rest = count % chunks;
    const auto start = [&](nxs_ulong c) { return share * c + std::min(c, rest); };
    try {
      body(start(first), start(last));
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }
};

Pool &Pool::instance() {
  static Pool *const pool = new Pool;
  return *pool;
}

Pool::Pool() : size_(settings().threads), spin_ns_(settings().spin_ns), slots_(new Slot[kSlots]) {
  for (int i = 0; i < kSlots; ++i)
    slots_[i].shares = std::make_unique<Share[]>(static_cast<std::size_t>(size_));
}

double Pool::run(nxs_ulong count, double expected_ns, Body body) {
  const nxs_long start = clock_ns();
  const bool share = size_ > 1 && count > 1 && worth_sharing(expected_ns, start);
  last_launch_ns_.store(start, std::memory_order_relaxed);
  Slot *const slot = share ? take_slot() : nullptr;
  if (!slot) {
    body(0, count);
    return static_cast<double>(clock_ns() - start);
  }
  const int members = members_for(expected_ns);
  Job job{body, count, std::min(count, chunks_for(expected_ns, members)), members};
  offer(*slot, job);
  take_part(*slot, job, 0);
  withdraw(*slot);
  if (job.failed) std::rethrow_exception(job.failure);
  return static_cast<double>(clock_ns() - start) * (1 + job.helpers);
}

// When launches follow each other closely, sleeping workers are woken for smaller work too, because
// they will be awake for the next launches.
bool Pool::worth_sharing(double expected_ns, nxs_long now) const {
  if (expected_ns == 0) return true;
  if (expected_ns < kHotFanOutNs) return false;
  return expected_ns >= kColdFanOutNs || awake_.load(std::memory_order_relaxed) > 0 ||
         now - last_launch_ns_.load(std::memory_order_relaxed) < spin_ns_;
}

Pool::Slot *Pool::take_slot() {
  for (int i = 0; i < kSlots; ++i) {
    Slot &slot = slots_[i];
    if (!slot.taken.load(std::memory_order_relaxed) &&
        !slot.taken.exchange(true, std::memory_order_acquire))
      return &slot;
  }
  return nullptr;
}

// The number of workers that have enough to do to be worth waking.
int Pool::members_for(double expected_ns) const {
  if (expected_ns == 0) return size_;
  return static_cast<int>(std::clamp(expected_ns / kHotFanOutNs, 2.0, static_cast<double>(size_)));
}

nxs_ulong Pool::chunks_for(double expected_ns, int members) {
  const auto threads = static_cast<nxs_ulong>(members);
  if (expected_ns == 0) return kChunksPerThread * threads;
  const double of_each = expected_ns / (members * kLeastChunkNs);
  return threads *
         static_cast<nxs_ulong>(std::clamp(of_each, 1.0, static_cast<double>(kChunksPerThread)));
}

void Pool::offer(Slot &slot, Job &job) {
  if (!started_.load(std::memory_order_relaxed) && !started_.exchange(true)) start_workers();
  const auto members = static_cast<nxs_ulong>(job.members);
  for (nxs_ulong m = 0; m < members; ++m)
    slot.shares[m].chunks.store(pack(job.chunks * m / members, job.chunks * (m + 1) / members),
                                std::memory_order_relaxed);
  slot.job.store(&job, std::memory_order_seq_cst);
  launches_.fetch_add(1, std::memory_order_seq_cst);
  // Sequentially consistent with the end of a worker below: either it sees this launch, or it is
  // seen to sleep.
  for (int awake = awake_.load(std::memory_order_seq_cst); awake < job.members - 1; ++awake)
    launches_.notify_one();
}

void Pool::withdraw(Slot &slot) {
  slot.job.store(nullptr, std::memory_order_seq_cst);
  // Each remaining worker does what it has claimed. It may have been preempted, so yield to it.
  for (int spins = 0; slot.visitors.load(std::memory_order_seq_cst) != 0; ++spins)
    spins < 10000 ? relax() : std::this_thread::yield();
  slot.taken.store(false, std::memory_order_release);
}

bool Pool::take_part(Slot &slot, Job &job, int member) {
  bool took_part = false;
  // Its own share from the front, then the others' shares from the end.
  for (int turn = 0; turn < job.members; ++turn) {
    auto &chunks = slot.shares[static_cast<std::size_t>((member + turn) % job.members)].chunks;
    std::uint64_t left = chunks.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint64_t begin = left >> 32, end = left & 0xffffffff;
      if (begin >= end || job.failed.load(std::memory_order_relaxed)) break;
      // Half of what is left of its own share at a time, so that claims are few and the last ones
      // small; one chunk of another's.
      const bool own = turn == 0 && member < job.members;
      const std::uint64_t claimed = own ? (end - begin + 1) / 2 : 1;
      if (!chunks.compare_exchange_weak(
              left, own ? pack(begin + claimed, end) : pack(begin, end - claimed),
              std::memory_order_acq_rel, std::memory_order_relaxed))
        continue;
      took_part = true;
      if (own)
        job.do_chunks(begin, begin + claimed);
      else
        job.do_chunks(end - claimed, end);
      left = chunks.load(std::memory_order_relaxed);
    }
  }
  return took_part;
}

void Pool::start_workers() {
  for (int member = 1; member < size_; ++member) {
    try {
      start_thread([this, member] { work(member); });
    } catch (const std::system_error &) {
      // If threads cannot be created, the caller does their share.
      return;
    }
  }
}

void Pool::work(int member) {
  awake_.fetch_add(1, std::memory_order_relaxed);
  for (;;) {
    const std::uint32_t seen = launches_.load(std::memory_order_seq_cst);
    help(member);
    const nxs_long deadline = clock_ns() + spin_ns_;
    for (unsigned spins = 0; launches_.load(std::memory_order_seq_cst) == seen; ++spins) {
      relax();
      if (spins % 64 != 63 || clock_ns() < deadline) continue;
      awake_.fetch_sub(1, std::memory_order_seq_cst);
      launches_.wait(seen, std::memory_order_seq_cst);
      awake_.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

void Pool::help(int member) {
  for (int i = 0; i < kSlots; ++i) {
    Slot &slot = slots_[i];
    if (!slot.job.load(std::memory_order_relaxed)) continue;
    slot.visitors.fetch_add(1, std::memory_order_seq_cst);
    Job *const job = slot.job.load(std::memory_order_seq_cst);
    // The system tends to wake a thread on the processor of the thread that woke it, and would
    // delay that thread.
    if (job && job->caller_cpu >= 0 && job->caller_cpu == current_cpu()) leave_cpu(job->caller_cpu);
    if (job && take_part(slot, *job, member)) job->helpers.fetch_add(1, std::memory_order_relaxed);
    slot.visitors.fetch_sub(1, std::memory_order_seq_cst);
  }
}

}  // namespace nexus::cpu
