"""NXS_OUT_ONCE: the same results on every path, and past the caches where the host asks for it."""

from __future__ import annotations

import os
import shlex
import subprocess

import numpy as np
import pytest
from support.paths import ROOT

SOURCE = """
#include <nexus-api/nxs_kernel.h>
/* `places` receives the address that the body of each group sees at its first element. */
NXS_KERNEL(twice, NXS_IN(float, x), NXS_OUT_ONCE(float, y), NXS_OUT_ONCE(nxs_uchar, low),
           NXS_OUT(nxs_ulong, places)) {
  places[NXS_GROUP_ID(0) + NXS_GROUP_ID(1) * NXS_NUM_GROUPS(0)] =
      (nxs_ulong)(y + NXS_GROUP_ID(0) * NXS_GROUP_SIZE(0));
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    y[i] = 2 * x[i];
    low[i] = (nxs_uchar)i;
  }
}
"""

PROGRAM = (
    SOURCE
    + """
#include <assert.h>
#include <string.h>
enum { MOST = 4096 };
static float x[MOST + 16];
static NXS_ALIGNED float y[MOST + 16];
static NXS_ALIGNED nxs_uchar low[MOST + 16];
static nxs_ulong places[MOST];

/* Whether the groups wrote somewhere else first. */
static int streams(int groups, int group, int rows, nxs_ulong least, int misplaced) {
  float *const to = (float *)((char *)y + misplaced);
  void *args[] = {x, to, low, places};
  nxs_int lacks = 0;
  const nxs_kernel_launch launch = {
      args, {groups, rows, 1}, {group, 1, 1}, NULL, &lacks, least};
  memset(y, 0, sizeof y), memset(low, 0, sizeof low);
  const nxs_ulong count = (nxs_ulong)groups * (nxs_ulong)rows;
  nxs_kernel_twice.run(&launch, 0, count / 2);
  nxs_kernel_twice.run(&launch, count / 2, count);
  const int items = groups * group;
  for (int i = 0; i < items; ++i) assert(to[i] == 2 * x[i] && low[i] == (nxs_uchar)i);
  assert(to[items] == 0 && low[items] == 0 && !lacks);
  int elsewhere = 0;
  for (int g = 0; g < groups; ++g) elsewhere += places[g] != (nxs_ulong)(to + g * group);
  assert(elsewhere == 0 || elsewhere == groups);
  return elsewhere != 0;
}

int main(void) {
  for (int i = 0; i < MOST + 16; ++i) x[i] = (float)i;
  assert(nxs_kernel_twice.args[1].kind == NXS_KernelArg_Out);
  const nxs_ulong bytes = 4096 * (4 + 4 + 1 + 8);
  assert(streams(16, 256, 1, bytes, 0) == NXS_CAN_STREAM);
  assert(streams(4, 1024, 1, 1, 0) == NXS_CAN_STREAM);
  assert(streams(3, 16, 1, 1, 0) == NXS_CAN_STREAM);
  /* Too little data, never, groups that vectors do not fill, more dimensions, an address that the
   * stores do not take. */
  assert(!streams(16, 256, 1, bytes + 1, 0) && !streams(16, 256, 1, 0, 0));
  assert(!streams(16, 250, 1, 1, 0) && !streams(16, 8, 1, 1, 0) && !streams(16, 1, 1, 1, 0));
  assert(!streams(4, 256, 3, 1, 0) && !streams(4, 256, 1, 1, 4));
  return 0;
}
"""
)


@pytest.mark.parametrize("language", ["c", "c++"])
def test_every_path_gives_the_same(tmp_path, language):
    file, program = tmp_path / "once.c", tmp_path / "once"
    file.write_text(PROGRAM)
    variable, default = ("CC", "cc") if language == "c" else ("CXX", "c++")
    compiler = shlex.split(os.environ.get(variable, default))
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", f"-I{ROOT / 'include'}"]
    command = [*compiler, f"-x{language}", *strict, str(file), "-o", str(program)]
    subprocess.run(command, check=True)
    subprocess.run([program], check=True, timeout=60)


def test_launches_beyond_the_caches(cpu):
    kernel = cpu.compile(SOURCE).get_kernel("twice")
    x = np.arange(1 << 22, dtype=np.float32)
    y, low = np.zeros_like(x), np.zeros(x.size, np.uint8)
    places = np.zeros(x.size // 256, np.uint64)
    buffers = [cpu.create_buffer(array) for array in (x, y, low, places)]
    kernel(*buffers, group_size=256, grid_size=x.size)
    assert (buffers[1].numpy() == 2 * x).all()
    assert (buffers[2].numpy() == np.arange(x.size, dtype=np.uint8)).all()
