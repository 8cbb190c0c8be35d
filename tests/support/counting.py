"""Work for tests of GPUs, by the kernel "increment" that each of their sources has."""


def counting(device, library, counter, times=1, settings=0):
    """Make a schedule that adds to a counter, by one a command."""
    schedule = device.create_schedule(settings)
    for _ in range(times):
        command = schedule.create_command(library.get_kernel("increment"))
        command.set_buffer(0, counter)
        command.finalize(1, 1)
    return schedule
