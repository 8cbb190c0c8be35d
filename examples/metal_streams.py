"""Order the work of two streams of an Apple GPU by an event, and measure it."""

import numpy as np

import nexus

SOURCE = """
#include <metal_stdlib>
using namespace metal;

kernel void approach(device float *x [[buffer(0)]], constant float &rate [[buffer(1)]],
                     uint i [[thread_position_in_grid]]) {
  x[i] += rate * (1.0f - x[i]);
}
"""
STEPS, COUNT, RATE = 50, 4096, 0.05


def add_steps(schedule, kernel, x):
    for _ in range(STEPS):
        command = schedule.create_command(kernel)
        command.set_buffer(0, x)
        command.set_scalar(1, RATE)
        command.finalize(256, COUNT)


def main() -> None:
    device = nexus.get_runtime("metal").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("approach")
    # GPU-only memory is faster on discrete GPUs; it is read by copies.
    x = device.create_buffer(np.zeros(COUNT, np.float32), settings=nexus.buffer_settings.OnDevice)
    done = device.create_event()
    first, second = device.create_stream(), device.create_stream()

    # The second stream gets its work first, and waits for the first stream on the GPU.
    after = device.create_schedule()
    after.create_wait_command(done, 1)
    add_steps(after, kernel, x)
    after.run(second, blocking=False)

    before = device.create_schedule()
    add_steps(before, kernel, x)
    before.create_signal_command(done, 1)
    before.run(first, blocking=False)

    second.synchronize()
    assert np.allclose(x.numpy(), 1 - (1 - RATE) ** (2 * STEPS), atol=1e-4)

    # With timing, each command has its own command buffer, which Metal measures.
    before.run(first, timing=True)
    print(f"{device.name}: {STEPS} launches took {before.get_property_flt('ElapsedTime'):.3f} ms")


if __name__ == "__main__":
    main()
