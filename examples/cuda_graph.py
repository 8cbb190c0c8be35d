"""Record a schedule once as a CUDA graph and replay it: many launches at the cost of one."""

import time

import numpy as np

import nexus

SOURCE = """
extern "C" __global__ void step(float *x, float rate, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) x[i] += rate * (1.0f - x[i]);
}
"""
STEPS, COUNT, RATE = 100, 1024, 0.05


def make_schedule(device, kernel, x, settings=0):
    schedule = device.create_schedule(settings)
    for _ in range(STEPS):
        command = schedule.create_command(kernel)
        command.set_buffer(0, x)
        command.set_scalar(1, RATE)
        command.set_scalar(2, COUNT)
        command.finalize(256, COUNT)
    return schedule


def milliseconds(schedule) -> float:
    schedule.run()
    start = time.perf_counter()
    for _ in range(20):
        schedule.run()
    return (time.perf_counter() - start) / 20 * 1000


def main() -> None:
    device = nexus.get_runtime("cuda").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("step")
    x = device.create_buffer((COUNT,), dtype="float32")

    launches = make_schedule(device, kernel, x)
    graph = make_schedule(device, kernel, x, nexus.execution_settings.Capture)

    # The first run records the graph; later runs replay it on the current content of the buffers.
    x.fill(0.0)
    graph.run()
    expected = 1 - (1 - RATE) ** STEPS
    assert np.allclose(x.numpy(), expected, atol=1e-4)

    print(f"{STEPS} launches: {milliseconds(launches):.3f} ms, graph: {milliseconds(graph):.3f} ms")


if __name__ == "__main__":
    main()
