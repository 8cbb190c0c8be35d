"""Features that the stand-in, a PTX interpreter, lacks: machine code and special units."""

import shutil
import subprocess

import numpy as np
import pytest

import nexus

pytestmark = pytest.mark.gpu

SHUFFLE = """
extern "C" __global__ void warp_sums(const int *x, int *sums) {
  int sum = x[blockIdx.x * 32 + threadIdx.x];
  for (int step = 16; step; step /= 2) sum += __shfl_xor_sync(0xffffffff, sum, step);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}
"""

# All elements are 1, so their distribution over the threads does not matter.
TENSOR_CORES = """
extern "C" __global__ void ones(float *out) {
  unsigned one = 0x3c003c00;
  float c[4] = {0, 0, 0, 0};
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%4,%4,%4}, {%4,%4},"
      "{%0,%1,%2,%3};" : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(one));
  for (int i = 0; i < 4; ++i) out[threadIdx.x * 4 + i] = c[i];
}
"""


def test_exchange_within_a_warp(device):
    """The stand-in runs the threads of a warp one after the other."""
    data = np.arange(64, dtype=np.int32)
    with (
        device.compile(SHUFFLE) as library,
        library.get_kernel("warp_sums") as kernel,
        device.create_buffer(data) as x,
        device.create_buffer((2,), dtype="int32") as sums,
    ):
        kernel(x, sums, group_size=32, grid_size=64)
        np.testing.assert_array_equal(sums.numpy(), data.reshape(2, 32).sum(1))


def test_tensor_cores(device):
    """The stand-in has none."""
    if device.get_property_int("MajorVersion") < 8:
        pytest.skip("needs compute capability 8.0")
    with (
        device.compile(TENSOR_CORES) as library,
        library.get_kernel("ones") as kernel,
        device.create_buffer((128,), dtype="float32") as out,
    ):
        kernel(out, group_size=32, grid_size=32)
        assert (out.numpy() == 16).all()


@pytest.mark.parametrize("kind", ["cubin", "fatbin"])
def test_images_of_nvcc(device, source, tmp_path, kind):
    """The stand-in cannot run a GPU's machine code."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("nvcc is not installed")
    text, image = tmp_path / "kernels.cu", tmp_path / f"kernels.{kind}"
    text.write_text(source)
    architecture = device.get_property_str("Architecture")
    command = [nvcc, f"--{kind}", f"-arch={architecture}", str(text), "-o", str(image)]
    subprocess.run(command, check=True)
    with (
        device.load_library(image) as library,
        library.get_kernel("mixed") as mixed,
        library.get_kernel("scale") as scale,
        device.create_schedule() as schedule,
        device.create_buffer(np.ones(64, np.float32)) as x,
    ):
        assert library.get_property_str("Type") == kind
        command = schedule.create_command(mixed)
        for index, right in enumerate(("int8", "int16", "int32", "int64", "float32", "float64"), 1):
            wrong = "int16" if index != 2 else "int32"
            with pytest.raises(nexus.NexusError, match="bytes"):
                command.set_scalar(index, 1, wrong)
            command.set_scalar(index, 1, right)
        scale(x, 3.0, group_size=32, grid_size=64)
        assert (x.numpy() == 3).all()
