"""Blur a PNG file. Needs Pillow: pip install 'nexus-device[examples]'."""

from pathlib import Path

import numpy as np
import on_devices
from PIL import Image

import nexus

GROUP = 16


def drawing(edge: int = 1024) -> np.ndarray:
    """Return an image of sharp rings, for want of another."""
    y, x = np.mgrid[:edge, :edge] - edge // 2
    rings = np.hypot(x, y).astype(int) // 8
    return np.stack([rings % 2 * 255, rings * 5 % 256, rings * 11 % 256], axis=2).astype(np.uint8)


def blurred_by_numpy(image: np.ndarray) -> np.ndarray:
    padded = np.pad(image.astype(np.int32), ((2, 2), (2, 2), (0, 0)), mode="edge")
    weights = (1, 4, 6, 4, 1)
    rows = sum(w * padded[k : k + image.shape[0]] for k, w in enumerate(weights))
    both = sum(w * rows[:, k : k + image.shape[1]] for k, w in enumerate(weights))
    return ((both + 128) // 256).astype(np.uint8)


def run(device: nexus.Device, input: str, output: str) -> str:
    kernel = device.load_library(on_devices.KERNELS / "blur.c").get_kernel("blur")
    image = np.asarray(Image.open(input).convert("RGB")) if input else drawing()
    height, width, channels = image.shape
    sharp = device.create_buffer(image)
    soft = device.create_buffer(image.shape, dtype="uint8")

    def launch() -> None:
        grid = [on_devices.whole_groups(count, GROUP) for count in (width, height)]
        kernel(
            *(sharp, soft, width, height),
            group_size=(GROUP, GROUP, 1),
            grid_size=(*grid, channels),
        )

    time = on_devices.milliseconds(launch)
    assert np.array_equal(soft.numpy(), blurred_by_numpy(image))
    Image.fromarray(soft.numpy()).save(output)
    rate = width * height / time / 1e3
    return f"{width} x {height} pixels in {time:.3f} ms, {rate:.1f} Mpixel/s: {Path(output).name}"


if __name__ == "__main__":
    on_devices.main(
        run,
        __doc__,
        input=("", "the image file to blur; a drawing without one"),
        output=("blurred.png", "the file to write"),
    )
