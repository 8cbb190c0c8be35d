/* Kernels that use the whole language of nxs_kernel.h; support/kernel_cases.py runs them. */
#include <nexus-api/nxs_kernel.h>

NXS_KERNEL(vector_add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, sum)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    sum[i] = a[i] + b[i];
  }
}

/* Scalars of two types, and items that end early. */
NXS_KERNEL(saxpy, NXS_SCALAR(float, factor), NXS_IN(float, x), NXS_OUT(float, y),
           NXS_SCALAR(nxs_long, count)) {
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i >= count) continue;
    y[i] += factor * x[i];
  }
}

/* Two dimensions, shared memory, a variable that items keep from block to block. */
#define EDGE 16
NXS_KERNEL(matmul, NXS_IN(float, left), NXS_IN(float, right), NXS_OUT(float, product),
           NXS_SCALAR(nxs_int, depth)) {
  NXS_SHARED(float, rows, EDGE *EDGE);
  NXS_SHARED(float, columns, EDGE *EDGE);
  NXS_PRIVATE(float, sum);
  const nxs_int width = NXS_GLOBAL_SIZE(0);

  NXS_ITEMS { NXS_MY(sum) = 0.0f; }
  for (nxs_int begin = 0; begin < depth; begin += EDGE) {
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      rows[y * EDGE + x] = left[NXS_GLOBAL_ID(1) * depth + begin + x];
      columns[y * EDGE + x] = right[(begin + y) * width + NXS_GLOBAL_ID(0)];
    }
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int x = NXS_LOCAL_ID(0), y = NXS_LOCAL_ID(1);
      for (nxs_int k = 0; k < EDGE; ++k) {
        NXS_MY(sum) += rows[y * EDGE + k] * columns[k * EDGE + x];
      }
    }
    NXS_BARRIER;
  }
  NXS_ITEMS { product[NXS_GLOBAL_ID(1) * width + NXS_GLOBAL_ID(0)] = NXS_MY(sum); }
}

/* A barrier in a loop. */
NXS_KERNEL(reduce, NXS_IN(float, x), NXS_OUT(float, sums), NXS_SCALAR(nxs_int, count)) {
  NXS_SHARED(float, part, 256);
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    part[NXS_LOCAL_ID(0)] = i < count ? x[i] : 0.0f;
  }
  for (nxs_int half_of_them = NXS_GROUP_SIZE(0) / 2; half_of_them > 0; half_of_them /= 2) {
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int i = NXS_LOCAL_ID(0);
      if (i < half_of_them) part[i] += part[i + half_of_them];
    }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    if (NXS_LOCAL_ID(0) == 0) sums[NXS_GROUP_ID(0)] = part[0];
  }
}

/* Atomic operations on both kinds of memory. */
NXS_KERNEL(histogram, NXS_IN(nxs_uchar, values), NXS_OUT(nxs_uint, counts), NXS_OUT(nxs_int, ends),
           NXS_SCALAR(nxs_int, count)) {
  NXS_SHARED(nxs_uint, own, 256);
  NXS_SHARED(nxs_int, own_ends, 2);
  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_ID(0); k < 256; k += NXS_GROUP_SIZE(0)) own[k] = 0;
    if (NXS_LOCAL_ID(0) == 0) own_ends[0] = 255, own_ends[1] = 0;
  }
  NXS_BARRIER;
  NXS_ITEMS {
    for (nxs_int i = NXS_GLOBAL_ID(0); i < count; i += NXS_GLOBAL_SIZE(0)) {
      NXS_GROUP_ATOMIC_ADD(&own[values[i]], 1u);
      NXS_GROUP_ATOMIC_MIN(&own_ends[0], (nxs_int)values[i]);
      NXS_GROUP_ATOMIC_MAX(&own_ends[1], (nxs_int)values[i]);
    }
  }
  NXS_BARRIER;
  NXS_ITEMS {
    for (nxs_int k = NXS_LOCAL_ID(0); k < 256; k += NXS_GROUP_SIZE(0)) {
      if (own[k]) NXS_ATOMIC_ADD(&counts[k], own[k]);
    }
    if (NXS_LOCAL_ID(0) == 0) {
      NXS_ATOMIC_MIN(&ends[0], own_ends[0]);
      NXS_ATOMIC_MAX(&ends[1], own_ends[1]);
    }
  }
}

/* A function, a table, pointers into both kinds of memory, shared memory of a size that the launch
 * gives, mathematics; and a name that is a function of every device's language. */
NXS_CONSTANT float weights[4] = {1.0f, 0.5f, 0.25f, 0.125f};
NXS_FUNCTION float length_of(NXS_GROUP_SPACE const float *row, nxs_int count) {
  float sum = 0.0f;
  for (nxs_int k = 0; k < count; ++k) sum += row[k] * row[k];
  return sqrtf(sum);
}
NXS_KERNEL(exp, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(nxs_int, count)) {
  NXS_SHARED_DYNAMIC(float, row);
  NXS_ITEMS {
    NXS_GLOBAL_SPACE const float *from = x + NXS_GROUP_ID(0) * count;
    row[NXS_LOCAL_ID(0)] = from[NXS_LOCAL_ID(0)];
  }
  NXS_BARRIER;
  NXS_ITEMS {
    const nxs_int i = NXS_LOCAL_ID(0);
    y[NXS_GLOBAL_ID(0)] = weights[i % 4] * expf(-fabsf(row[i])) / length_of(row, count);
  }
}

/* Half-precision numbers, private arrays, a struct, three dimensions, 64-bit integers. */
typedef struct {
  float factor;
  nxs_int shift;
} change;
NXS_KERNEL(mixed, NXS_IN(nxs_ushort, x), NXS_OUT(nxs_ushort, y), NXS_IN(change, changes),
           NXS_OUT(nxs_ulong, places), NXS_SCALAR(nxs_uint, seed)) {
  NXS_PRIVATE_ARRAY(float, parts, 3);
  NXS_ITEMS {
    const nxs_int row = NXS_GLOBAL_ID(2) * NXS_GLOBAL_SIZE(1) + NXS_GLOBAL_ID(1);
    const nxs_int i = row * NXS_GLOBAL_SIZE(0) + NXS_GLOBAL_ID(0);
    for (nxs_int k = 0; k < 3; ++k) NXS_MY_AT(parts, k) = NXS_LOAD_HALF(x, i) * (float)k;
    places[i] = (nxs_ulong)seed * 1000000007u + ((nxs_ulong)NXS_LOCAL_INDEX << 40) + (nxs_ulong)i;
  }
  NXS_BARRIER;
  NXS_ITEMS {
    const nxs_int row = NXS_GLOBAL_ID(2) * NXS_GLOBAL_SIZE(1) + NXS_GLOBAL_ID(1);
    const nxs_int i = row * NXS_GLOBAL_SIZE(0) + NXS_GLOBAL_ID(0);
    float sum = 0.0f;
    for (nxs_int k = 0; k < 3; ++k) sum += NXS_MY_AT(parts, k) * changes[0].factor;
    NXS_STORE_HALF(y, i, sum + (float)changes[1].shift);
  }
}
