"""The CUDA plugin through the Python API, on a GPU or on the stand-in driver.

Which of the two is said by the environment variable NEXUS_CUDA_TESTS: ``gpu`` or ``standin``. The
devices of a process are those that its driver had when it was first asked, so these tests have a
process of their own: tests/test_cuda.py starts it for the stand-in.
"""

import ctypes
import os

import pytest

import nexus

WHERE = os.environ.get("NEXUS_CUDA_TESTS")

SOURCE = """
extern "C" __global__ void add(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}
extern "C" __global__ void scale(float *x, float factor) {
  x[blockIdx.x * blockDim.x + threadIdx.x] *= factor;
}
extern "C" __global__ void increment(int *x) { atomicAdd(x, 1); }
extern "C" __global__ void place(int *out) {
  unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y,
           z = blockIdx.z * blockDim.z + threadIdx.z;
  unsigned width = gridDim.x * blockDim.x, height = gridDim.y * blockDim.y;
  out[(z * height + y) * width + x] = x + 100 * y + 10000 * z;
}
extern "C" __global__ void total(const float *x, float *sums) {
  extern __shared__ float part[];
  part[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
  for (unsigned step = blockDim.x / 2; step; step /= 2) {
    __syncthreads();
    if (threadIdx.x < step) part[threadIdx.x] += part[threadIdx.x + step];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = part[0];
}
extern "C" __global__ void mixed(double *out, char a, short b, int c, long long d, float e,
                                 double f) {
  out[0] = a, out[1] = b, out[2] = c, out[3] = d, out[4] = e, out[5] = f;
}
extern "C" __global__ void __launch_bounds__(64) narrow(int *x) { x[threadIdx.x] = threadIdx.x; }
extern "C" __global__ void stray(int *x) { *(volatile int *)(x + (1LL << 40)) = 1; }
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("gpu") and WHERE != "gpu":
            item.add_marker(pytest.mark.skip(reason="needs a GPU: NEXUS_CUDA_TESTS=gpu"))
        if item.get_closest_marker("standin") and WHERE != "standin":
            item.add_marker(pytest.mark.skip(reason="injects faults into the stand-in driver"))


@pytest.fixture(scope="session")
def runtime():
    found = nexus.get_runtime("cuda")
    if not found.get_devices():
        pytest.fail(f"no CUDA device: {found.properties().get('Message')}")
    return found


@pytest.fixture
def device(runtime):
    return runtime.get_device(0)


@pytest.fixture(scope="session")
def library(runtime):
    return runtime.get_device(0).compile(SOURCE)


@pytest.fixture(scope="session")
def driver():
    """Return the driver itself."""
    return ctypes.CDLL("libcuda.so.1")


@pytest.fixture(autouse=True)
def _no_object_is_left(runtime):
    before = runtime.get_property_int_vec("LiveObjects")
    yield
    assert runtime.get_property_int_vec("LiveObjects") == before
