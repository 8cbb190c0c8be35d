#include <nexus-api/nxs_kernel.h>

#define BODIES_GROUP 64

/* A body's place, and its mass. */
typedef struct {
  float x, y, z, mass;
} body;

/* One step of `duration` for `count` bodies that attract each other. `softening` is the square of a
 * distance: it limits the force between bodies that meet. Each group reads the bodies in parts, to
 * shared memory, so that each is read once per group instead of once per item. */
NXS_KERNEL(step, NXS_IN(body, from), NXS_OUT(body, to), NXS_OUT(float, speeds),
           NXS_SCALAR(nxs_int, count), NXS_SCALAR(float, duration), NXS_SCALAR(float, softening)) {
  NXS_SHARED(body, part, BODIES_GROUP);
  NXS_PRIVATE_ARRAY(float, pull, 3);

  NXS_ITEMS {
    for (nxs_int k = 0; k < 3; ++k) NXS_MY_AT(pull, k) = 0.0f;
  }
  for (nxs_int begin = 0; begin < count; begin += BODIES_GROUP) {
    const nxs_int bodies = count - begin < BODIES_GROUP ? count - begin : BODIES_GROUP;
    NXS_ITEMS {
      const nxs_int i = NXS_LOCAL_ID(0);
      if (i < bodies) part[i] = from[begin + i];
    }
    NXS_BARRIER;
    NXS_ITEMS {
      const nxs_int i = NXS_GLOBAL_ID(0);
      if (i >= count) continue;
      const float x = from[i].x, y = from[i].y, z = from[i].z;
      float pull_x = 0.0f, pull_y = 0.0f, pull_z = 0.0f;
      for (nxs_int k = 0; k < bodies; ++k) {
        const float to_x = part[k].x - x, to_y = part[k].y - y, to_z = part[k].z - z;
        const float square = to_x * to_x + to_y * to_y + to_z * to_z + softening;
        const float force = part[k].mass / (square * sqrtf(square));
        pull_x += force * to_x;
        pull_y += force * to_y;
        pull_z += force * to_z;
      }
      NXS_MY_AT(pull, 0) += pull_x;
      NXS_MY_AT(pull, 1) += pull_y;
      NXS_MY_AT(pull, 2) += pull_z;
    }
    NXS_BARRIER;
  }
  NXS_ITEMS {
    const nxs_int i = NXS_GLOBAL_ID(0);
    if (i >= count) continue;
    for (nxs_int k = 0; k < 3; ++k) speeds[3 * i + k] += duration * NXS_MY_AT(pull, k);
    to[i].x = from[i].x + duration * speeds[3 * i];
    to[i].y = from[i].y + duration * speeds[3 * i + 1];
    to[i].z = from[i].z + duration * speeds[3 * i + 2];
    to[i].mass = from[i].mass;
  }
}
