"""Sum all elements up to each one: groups scan their parts, and then the sums of the parts."""

import numpy as np
import on_devices

import nexus

GROUP = 256


class Scan:
    """The sums of a vector up to each of its elements, in place, on a device."""

    def __init__(self, device: nexus.Device, count: int) -> None:
        library = device.load_library(on_devices.KERNELS / "prefix_sum.c")
        self.scan_groups = library.get_kernel("scan_groups")
        self.add_totals = library.get_kernel("add_totals")
        # The sums of the groups, the sums of the groups of these, and so on, down to a single one.
        self.totals = []
        while not self.totals or count > 1:
            count = -(-count // GROUP)
            self.totals.append(device.create_buffer(count, dtype="uint32"))

    def __call__(self, x: nexus.Buffer, level: int = 0) -> None:
        totals, count = self.totals[level], x.numel
        sizes = {"group_size": GROUP, "grid_size": on_devices.whole_groups(count, GROUP)}
        self.scan_groups(x, totals, count, **sizes)
        if level + 1 < len(self.totals):
            self(totals, level + 1)
            self.add_totals(x, totals, count, **sizes)


def run(device: nexus.Device, count: int) -> str:
    values = np.random.default_rng(seed=1).integers(0, 100, count, dtype=np.uint32)
    x = device.create_buffer(values)
    scan = Scan(device, count)
    scan(x)
    assert np.array_equal(x.numpy(), values.cumsum(dtype=np.uint32))

    time = on_devices.milliseconds(lambda: scan(x))
    rate = count / time / 1e6
    return f"{count:,} sums, the last {values.sum():,}, in {time:.3f} ms, {rate:.2f} G sums/s"


if __name__ == "__main__":
    on_devices.main(run, __doc__, count=(5_000_000, "elements"))
