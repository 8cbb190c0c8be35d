"""Draw the Mandelbrot set to a PNG file. Needs Pillow: pip install 'nexus-device[examples]'."""

from pathlib import Path

import numpy as np
import on_devices
from PIL import Image

import nexus

GROUP = 16
LEFT, TOP, HEIGHT = -2.2, 1.2, 2.4


def steps_by_numpy(width: int, height: int, most: int) -> np.ndarray:
    pixel = np.float32(HEIGHT / height)
    row, column = np.mgrid[:height, :width].astype(np.float32)
    real, imaginary = np.float32(LEFT) + column * pixel, np.float32(TOP) - row * pixel
    x, y = np.zeros_like(real), np.zeros_like(real)
    steps = np.zeros((height, width), np.int32)
    for _ in range(most):
        inside = x * x + y * y <= 4
        steps += inside
        # Numbers that are outside stay as they are.
        x, y = np.where(inside, [x * x - y * y + real, 2 * x * y + imaginary], [x, y])
    return steps


def run(device: nexus.Device, width: int, height: int, most: int, output: str) -> str:
    kernel = device.load_library(on_devices.KERNELS / "mandelbrot.c").get_kernel("mandelbrot")
    steps = device.create_buffer((height, width), dtype="int32")

    def launch() -> None:
        kernel(
            *(steps, width, height, LEFT, TOP, HEIGHT / height, most),
            group_size=(GROUP, GROUP),
            grid_size=[on_devices.whole_groups(count, GROUP) for count in (width, height)],
        )

    time = on_devices.milliseconds(launch)
    found = steps.numpy()
    # At the set's edge the last bit of a float decides, which devices round in different ways.
    differ = np.mean(found != steps_by_numpy(width, height, most))
    assert differ < 0.01

    # Black for the set, and colors that repeat around it.
    shade = found[:, :, None] * np.array([7, 5, 11]) % 256
    Image.fromarray(np.where(found[:, :, None] == most, 0, shade).astype(np.uint8)).save(output)
    rate = width * height / time / 1e3
    return f"{width} x {height} pixels in {time:.3f} ms, {rate:.1f} Mpixel/s: {Path(output).name}"


if __name__ == "__main__":
    on_devices.main(
        run,
        __doc__,
        width=(1200, "pixels of a row"),
        height=(900, "rows"),
        most=(200, "steps after which a number belongs to the set"),
        output=("mandelbrot.png", "the file to write"),
    )
