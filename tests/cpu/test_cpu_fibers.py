"""Items that wait for each other: their stacks, and the exceptions that they handle and throw."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from support.faults import fault_environment

import nexus

EXCEPTIONS = """
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#define KERNEL extern "C" __attribute__((visibility("default"))) void
extern "C" void _cpu_barrier(void *);
struct Mine { int who; char more[400]; };

// Overwrites freed memory, so that an exception that was freed too early is not found intact.
static void scribble() {
  constexpr int size = sizeof(Mine) + 128;
  for (int i = 0; i < 4; ++i) std::memset(std::malloc(size), 0xee, size);
}

KERNEL waits_in_catch(int *x, int *size, int *id, void *, void *barrier) {
  try {
    Mine mine{};
    mine.who = id[3];
    throw mine;
  } catch (const Mine &caught) {
    _cpu_barrier(barrier);
    x[id[3]] = caught.who;
  }
  scribble();
}

KERNEL rethrows_after_waiting(int *x, int *size, int *id, void *, void *barrier) {
  try {
    try {
      throw id[3];
    } catch (...) {
      _cpu_barrier(barrier);
      throw;
    }
  } catch (int who) {
    _cpu_barrier(barrier);
    x[id[3]] = who;
  }
}

struct Counted {
  int *count;
  ~Counted() { ++*count; }
};

// The others wait for what the item that throws does not do.
KERNEL throws_while_others_wait(int *ended, int *flag, int *size, int *id, void *, void *barrier) {
  const Counted counted{ended};
  if (id[3] == size[3] - 1) throw std::runtime_error("no such luck");
  while (!*static_cast<volatile int *>(flag)) _cpu_barrier(barrier);
}
"""


@pytest.fixture
def exceptions(cpu, tmp_path):
    (tmp_path / "exceptions.cpp").write_text(EXCEPTIONS)
    return cpu.load_library(tmp_path / "exceptions.cpp")


@pytest.mark.parametrize("name", ["waits_in_catch", "rethrows_after_waiting"])
@pytest.mark.parametrize("count", [1, 2, 8, 300])
def test_an_item_keeps_the_exception_that_it_handles(cpu, exceptions, name, count):
    x = cpu.create_buffer(count, dtype="int32")
    exceptions.get_kernel(name)(x, group_size=count, grid_size=count)
    assert x.numpy().tolist() == list(range(count))


@pytest.mark.parametrize("count", [2, 64, 1024])
def test_items_that_wait_end_when_another_throws(cpu, exceptions, count):
    kernel = exceptions.get_kernel("throws_while_others_wait")
    for _ in range(3):
        ended, flag = cpu.create_buffer(4), cpu.create_buffer(4)
        with pytest.raises(nexus.NexusError, match="no such luck") as caught:
            kernel(ended, flag, group_size=count, grid_size=count)
        assert caught.value.status is nexus.status.NXS_InvalidProgramExecutable
        # All destructors ran.
        assert ended.numpy().view(np.int32).tolist() == [count]


STACKS = """
#define KERNEL __attribute__((visibility("default"))) void
void _cpu_barrier(void *);
static int use(volatile char *memory, int size, int who) {
  for (int i = 0; i < size; i += 512) memory[i] = (char)who;
  int sum = 0;
  for (int i = 0; i < size; i += 512) sum += memory[i];
  return sum;
}
KERNEL uses_stack(int *x, int *size, int *id, void *shared, void *barrier) {
  volatile char memory[SIZE];
  use(memory, SIZE, id[3] % 100);
  _cpu_barrier(barrier);
  int sum = 0;
  for (int i = 0; i < SIZE; i += 512) sum += memory[i];
  x[id[3]] = sum;
}
KERNEL reverse(float *x, int *size, int *id, float *shared, void *barrier) {
  const int i = id[0] * size[3] + id[3], local = id[3], last = size[3] - 1;
  shared[local] = x[i];
  _cpu_barrier(barrier);
  x[i] = shared[last - local];
}
"""


@pytest.mark.parametrize("kib", [1, 200, 1000])
def test_arrays_on_the_stack_of_an_item(cpu, kib):
    kernel = cpu.compile(STACKS.replace("SIZE", str(kib * 1024))).get_kernel("uses_stack")
    x = cpu.create_buffer(8, dtype="int32")
    kernel(x, group_size=8, grid_size=8)
    assert x.numpy().tolist() == [2 * kib * who for who in range(8)]


OVERFLOW = """
void _cpu_barrier(void *);
static int deeper(int levels, volatile char *before) {
  volatile char memory[4096];
  memory[0] = before[0];
  return levels ? deeper(levels - 1, memory) + memory[0] : 0;
}
__attribute__((visibility("default")))
void recurses(int *x, int *size, int *id, void *shared, void *barrier) {
  volatile char memory[1] = {1};
  _cpu_barrier(barrier);
  *x = deeper(*x, memory);
}
"""


def test_a_stack_that_overflows_faults_instead_of_overwriting_its_neighbour(run_python):
    program = f"""
import nexus, numpy as np
cpu = nexus.get_runtime("cpu").get_device(0)
x = cpu.create_buffer(np.array([LEVELS], np.int32))
cpu.compile({OVERFLOW!r}).get_kernel("recurses")(x, group_size=4, grid_size=4)
"""
    assert run_python(program.replace("LEVELS", "100")).returncode == 0
    found = run_python(program.replace("LEVELS", "420"), check=False)
    assert found.returncode in (-signal.SIGSEGV, -signal.SIGBUS)


MANY = f"""
import nexus, numpy as np
cpu = nexus.get_runtime("cpu").get_device(0)
kernel = cpu.compile({STACKS.replace("SIZE", "64")!r}).get_kernel("reverse")
data = np.arange(1024 * 200, dtype=np.float32)
x = cpu.create_buffer(data)
for _ in range(2):
    kernel(x, group_size=1024, grid_size=data.size, shared_memory_size=4096)
assert (x.numpy() == data).all()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts the mappings of Linux")
def test_many_stacks_on_many_threads_are_given_back(run_python):
    count = "print(sum(1 for _ in open('/proc/self/maps')))"
    found = run_python(MANY + count, NEXUS_CPU_THREADS="64")
    # Two for each of the 64 x 64 stacks that are kept.
    assert int(found.stdout) < 10_000


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
def test_no_memory_for_stacks_has_its_own_status(run_python):
    program = f"""
import nexus, resource
cpu = nexus.get_runtime("cpu").get_device(0)
kernel = cpu.compile({STACKS.replace("SIZE", "64")!r}).get_kernel("reverse")
x = cpu.create_buffer(1024, dtype="float32")
kernel(x, group_size=1, grid_size=1024, shared_memory_size=64)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (256 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for _ in range(3):
    try:
        kernel(x, group_size=1024, grid_size=1024, shared_memory_size=4096)
    except nexus.NexusError as error:
        print(error.status.name, "the stacks of" in str(error))
    kernel(x, group_size=32, grid_size=1024, shared_memory_size=4096)
"""
    found = run_python(program, NEXUS_CPU_THREADS="1")
    assert found.stdout.splitlines() == ["NXS_OutOfHostMemory True"] * 3


FAULTS = """
import faulthandler, os, sys
faulthandler.enable()
import nexus
cpu = nexus.get_runtime("cpu").get_device(0)
text = '''
#include <nexus-api/nxs_kernel.h>
#include <signal.h>
NXS_KERNEL(faults, NXS_SCALAR(int, number)) { raise(number); }
'''
kernel, stream = cpu.compile(text).get_kernel("faults"), cpu.create_stream()
kernel(int(sys.argv[1]), group_size=1, grid_size=1, stream=stream, blocking=False)
stream.synchronize()
"""


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"])
def test_crash_reporters_see_faults_of_the_plugins_threads(plugin_folder, name):
    number = int(signal.Signals[name])
    found = subprocess.run(
        [sys.executable, "-c", FAULTS, str(number)],
        cwd=plugin_folder,
        env={**os.environ, **fault_environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == -number
    assert found.stderr.startswith("Fatal Python error: ")


SHARED = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(uses, NXS_OUT(float, x)) {
  NXS_SHARED_DYNAMIC(float, p);
  NXS_ITEMS { p[NXS_LOCAL_ID(0)] = 1; }
  NXS_BARRIER;
  NXS_ITEMS { x[NXS_GLOBAL_ID(0)] = p[0] + 1; }
}
"""


@pytest.mark.parametrize("groups", [1, 64])
def test_shared_memory_that_the_launch_does_not_give(cpu, groups):
    kernel = cpu.compile(SHARED).get_kernel("uses")
    x = cpu.create_buffer(np.zeros(64 * groups, np.float32))
    with pytest.raises(nexus.NexusError, match=r"kernel uses .*shared_memory_size") as caught:
        kernel(x, group_size=64, grid_size=64 * groups)
    assert caught.value.status is nexus.status.NXS_InvalidProgramExecutable
    assert not x.numpy().any()
    kernel(x, group_size=64, grid_size=64 * groups, shared_memory_size=256)
    assert (x.numpy() == 2).all()


DESCRIPTOR = """
#include <nexus-api/nxs_kernel.h>
static void run(const nxs_kernel_launch *launch, nxs_ulong begin, nxs_ulong end) {
  for (; begin < end; ++begin) ((int *)launch->args[0])[begin] = (int)begin + 1;
}
static const nxs_kernel_arg args[] = {{"x", NXS_KernelArg_Out, NXS_DataType_I32, 4}};
NXS_API_EXPORT extern const nxs_kernel_descriptor nxs_kernel_old;
const nxs_kernel_descriptor nxs_kernel_old = {VERSION, 1, args, run};
"""


def test_libraries_of_older_headers_run_and_those_of_newer_ones_do_not(cpu):
    x = cpu.create_buffer(4, dtype="int32")
    for version in ("1", "2", "3"):
        x.fill(0)
        kernel = cpu.compile(DESCRIPTOR.replace("VERSION", version)).get_kernel("old")
        kernel(x, group_size=1, grid_size=4)
        assert x.numpy().tolist() == [1, 2, 3, 4]
    for version in ("0", "4"):
        with pytest.raises(nexus.NexusError, match=rf"version {version} .*versions 1 to 3"):
            cpu.compile(DESCRIPTOR.replace("VERSION", version)).get_kernel("old")
