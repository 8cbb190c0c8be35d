"""Move bodies that attract each other: structs, private arrays, shared memory filled in a loop."""

import numpy as np
import on_devices

import nexus

GROUP = 64
DURATION, SOFTENING = 0.001, 0.01


def step_by_numpy(bodies: np.ndarray, speeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places, masses = bodies[:, :3], bodies[:, 3]
    between = places[None] - places[:, None]
    squares = (between**2).sum(axis=2) + SOFTENING
    pull = ((masses / squares**1.5)[:, :, None] * between).sum(axis=1)
    speeds = speeds + DURATION * pull
    return np.column_stack([places + DURATION * speeds, masses]), speeds


def run(device: nexus.Device, count: int, steps: int) -> str:
    kernel = device.load_library(on_devices.KERNELS / "nbody.c").get_kernel("step")
    rng = np.random.default_rng(seed=1)
    # Each row is a struct of the kernel: x, y, z and mass.
    start = np.column_stack([rng.normal(size=(count, 3)), rng.random(count)]).astype(np.float32)
    here, there = device.create_buffer(start), device.create_buffer(start)
    speeds = device.create_buffer((count, 3), dtype="float32")
    sizes = {"group_size": GROUP, "grid_size": on_devices.whole_groups(count, GROUP)}

    def two_steps() -> None:
        # All items read the old places, so the new ones are in another buffer.
        kernel(here, there, speeds, count, DURATION, SOFTENING, **sizes)
        kernel(there, here, speeds, count, DURATION, SOFTENING, **sizes)

    two_steps()
    expected = step_by_numpy(*step_by_numpy(start.astype(np.float64), np.zeros((count, 3))))
    assert np.allclose(here.numpy(), expected[0], rtol=1e-5, atol=1e-5)
    assert np.allclose(speeds.numpy(), expected[1], rtol=1e-3, atol=1e-3)

    # No force is from outside, so the momentum stays zero.
    time = on_devices.milliseconds(two_steps, times=steps // 2) / 2
    momentum = (start[:, 3:] * speeds.numpy()).sum(axis=0, dtype=np.float64)
    assert np.abs(momentum).max() < 1e-3 * count * steps * DURATION
    rate = count**2 / time / 1e6
    return f"a step of {count:,} bodies in {time:.3f} ms, {rate:.2f} G pairs/s"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(2000, "bodies"), steps=(20, "steps to measure"))
