/* Kernels with one fault each. The line of a fault says what it is. */
#include <nexus-api/nxs_kernel.h>

#define TILE 16
#define GROUP 64

NXS_KERNEL(matmul_end_of_loop, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, c),
           NXS_SCALAR(nxs_int, depth)) {
  NXS_SHARED(float, left, TILE *TILE);
  NXS_PRIVATE(float, sum);
  NXS_ITEMS { NXS_MY(sum) = 0.0f; }
  for (nxs_int start = 0; start < depth; start += TILE) {
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      left[y * TILE + x] = a[NXS_GLOBAL_ID(1) * depth + start + x];
    }
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int y = NXS_LOCAL_ID(1);
      for (nxs_int k = 0; k < TILE; ++k)
        NXS_MY(sum) += left[y * TILE + k] * /* FAULT: missing barrier */
                       b[(start + k) * NXS_GLOBAL_SIZE(0) + NXS_GLOBAL_ID(0)];
    }
  }
  NXS_ITEMS { c[NXS_GLOBAL_ID(1) * NXS_GLOBAL_SIZE(0) + NXS_GLOBAL_ID(0)] = NXS_MY(sum); }
}

NXS_KERNEL(reduce_in_loop, NXS_IN(float, x), NXS_OUT(float, sums), NXS_SCALAR(nxs_int, n)) {
  NXS_SHARED(float, part, GROUP);
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    part[NXS_LOCAL_ID(0)] = i < n ? x[i] : 0.0f;
  }
  NXS_BARRIER;
  for (nxs_int width = GROUP / 2; width > 0; width /= 2) {
    NXS_ITEMS {
      const nxs_int i = NXS_LOCAL_ID(0);
      if (i < width) part[i] += part[i + width]; /* FAULT: missing barrier */
    }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) sums[NXS_GROUP_ID(0)] = part[0];
  }
}

NXS_KERNEL(reverse_tile, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_SHARED(float, tile, GROUP);
  NXS_ITEMS { tile[NXS_LOCAL_ID(0)] = x[NXS_GLOBAL_ID(0)]; } /* FAULT: missing barrier */
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = tile[NXS_GROUP_SIZE(0) - 1 - NXS_LOCAL_ID(0)]; }
}

NXS_KERNEL(clear_and_count, NXS_IN(nxs_uchar, x), NXS_OUT(nxs_uint, counts),
           NXS_SCALAR(nxs_int, n)) {
  NXS_SHARED(nxs_uint, mine, 256);
  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_ID(0); k < 256; k += NXS_GROUP_SIZE(0)) mine[k] = 0;
  }
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) NXS_GROUP_ATOMIC_ADD(&mine[x[i]], 1u); /* FAULT: missing barrier */
  }
  NXS_BARRIER;
  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_ID(0); k < 256; k += NXS_GROUP_SIZE(0))
      NXS_ATOMIC_ADD(&counts[k], mine[k]);
  }
}

NXS_KERNEL(read_the_total, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, y)) {
  NXS_SHARED(nxs_int, total, 1);
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) total[0] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS { NXS_GROUP_ATOMIC_ADD(total, x[NXS_GLOBAL_ID(0)]); } /* FAULT: missing barrier */
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = total[0]; }
}

NXS_KERNEL(guard_one_too_far, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i <= n) y[i] = 2.0f * x[i]; /* FAULT: out of bounds */
  }
}

NXS_KERNEL(guard_unused, NXS_OUT(float, y), NXS_SCALAR(nxs_int, n)) /* FAULT: unused argument */
{
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = 1.0f; }
}

NXS_KERNEL(no_guard, NXS_OUT(float, y), NXS_SCALAR(nxs_int, n)) /* FAULT: out of bounds */
{
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = 1.0f / (float)n; }
}

NXS_KERNEL(one_before, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    y[i] = x[i] - x[i - 1]; /* FAULT: out of bounds */
  }
}

NXS_KERNEL(one_beyond, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i >= n) continue;
    y[i] = x[i + 1] - x[i]; /* FAULT: out of bounds */
  }
}

NXS_KERNEL(all_write_one, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS { y[0] = x[NXS_GLOBAL_ID(0)]; } /* FAULT: race */
}

NXS_KERNEL(no_atomic, NXS_IN(nxs_uchar, x), NXS_OUT(nxs_uint, counts), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) counts[x[i]] += 1; /* FAULT: race */
  }
}

NXS_KERNEL(no_group_atomic, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, sums)) {
  NXS_SHARED(nxs_int, sum, 1);
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) sum[0] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS { sum[0] += x[NXS_GLOBAL_ID(0)]; } /* FAULT: race */
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) sums[NXS_GROUP_ID(0)] = sum[0];
  }
}

NXS_KERNEL(shift_in_place, NXS_OUT(float, x), NXS_SCALAR(nxs_int, n)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i + 1 < n) x[i] = x[i + 1]; /* FAULT: missing barrier */
  }
}

NXS_KERNEL(between_groups, NXS_OUT(nxs_int, x)) {
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0 && NXS_GROUP_ID(0) > 0)
      x[NXS_GROUP_ID(0)] = x[NXS_GROUP_ID(0) - 1] + 1; /* FAULT: race */
  }
}

NXS_KERNEL(tail_of_tile, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(nxs_int, n)) {
  NXS_SHARED(float, tile, GROUP);
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i < n) tile[NXS_LOCAL_ID(0)] = x[i];
  }
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) {
      float sum = 0.0f;
      for (nxs_int k = 0; k < NXS_GROUP_SIZE(0); ++k) sum += tile[k]; /* FAULT: uninitialised */
      y[NXS_GROUP_ID(0)] = sum;
    }
  }
}

NXS_KERNEL(private_sum, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_PRIVATE(float, sum);
  NXS_ITEMS { NXS_MY(sum) = NXS_MY(sum) + x[NXS_GLOBAL_ID(0)]; } /* FAULT: uninitialised */
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = NXS_MY(sum); }
}

NXS_KERNEL(outside_buffer, NXS_OUT(nxs_int, sums), NXS_IN(float, x)) {
  sums[NXS_GROUP_ID(0)] += 1; /* FAULT: write outside of items */
  NXS_ITEMS {
    if (x[NXS_GLOBAL_ID(0)] > 2.0f) NXS_ATOMIC_ADD(sums, 1);
  }
}

NXS_KERNEL(outside_shared, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, sums)) {
  NXS_SHARED(nxs_int, sum, 1);
  sum[0] = 0; /* FAULT: write outside of items */
  NXS_BARRIER;
  NXS_ITEMS { NXS_GROUP_ATOMIC_ADD(sum, x[NXS_GLOBAL_ID(0)]); }
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) sums[NXS_GROUP_ID(0)] = sum[0];
  }
}

NXS_KERNEL(wrong_dimension, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS { y[NXS_GLOBAL_ID(1)] = x[NXS_GLOBAL_ID(0)]; } /* FAULT: race */
}

NXS_KERNEL(wrong_row, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(1) * NXS_GLOBAL_SIZE(1) + NXS_GLOBAL_ID(0);
    y[i] = x[i]; /* FAULT: race */
  }
}

NXS_KERNEL(divergent, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, y)) {
  NXS_SHARED(nxs_int, votes, 1);
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) votes[0] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS { NXS_GROUP_ATOMIC_ADD(votes, 1 + 0 * x[NXS_GLOBAL_ID(0)]); }
  if (votes[0] > 3) {
    NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = 1; }
    NXS_BARRIER; /* FAULT: divergent barrier */
  }
}

NXS_KERNEL(leaves_early, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, y)) {
  NXS_SHARED(nxs_int, votes, 1);
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) votes[0] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS { NXS_GROUP_ATOMIC_ADD(votes, 1 + 0 * x[NXS_GLOBAL_ID(0)]); }
  if (votes[0] > 3) return;
  NXS_BARRIER; /* FAULT: divergent barrier */
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = 1; }
}

NXS_KERNEL(private_index, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_PRIVATE_ARRAY(float, acc, 3);
  NXS_ITEMS {
    for (nxs_int k = 0; k <= 3; ++k)
      NXS_MY_AT(acc, k) = x[NXS_GLOBAL_ID(0)]; /* FAULT: out of bounds */
  }
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = NXS_MY_AT(acc, 0); }
}

NXS_KERNEL(shared_index, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_SHARED(float, tile, GROUP);
  NXS_ITEMS { tile[NXS_LOCAL_ID(0) + 1] = x[NXS_GLOBAL_ID(0)]; } /* FAULT: out of bounds */
  NXS_BARRIER;
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)] = NXS_LOCAL_ID(0) ? tile[NXS_LOCAL_ID(0)] : 0.0f; }
}

NXS_CONSTANT float table[4] = {1.0f, 2.0f, 4.0f, 8.0f};
NXS_KERNEL(table_index, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    y[i] = x[i] * table[i % 5]; /* FAULT: out of bounds */
  }
}

NXS_KERNEL(local_index, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    float last[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    last[i % 4 + 1] = x[i]; /* FAULT: out of bounds */
    y[i] = last[0];
  }
}

NXS_KERNEL(waits, NXS_OUT(nxs_int, flag)) {
  NXS_ITEMS {
    if (NXS_GLOBAL_ID(0) == 40) flag[0] = -1;
    while (flag[0] >= 0) continue; /* FAULT: endless */
  }
}

NXS_KERNEL(divides, NXS_IN(nxs_int, x), NXS_OUT(nxs_int, y)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    y[i] = i / (x[i] - x[i]); /* FAULT: crash */
  }
}

NXS_KERNEL(far_away, NXS_IN(float, x), NXS_OUT(float, y)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    y[i * 1000003] = x[i]; /* FAULT: out of bounds */
  }
}
