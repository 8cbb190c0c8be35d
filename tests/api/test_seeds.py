"""The examples of the founding documents, unchanged."""

from __future__ import annotations

import numpy as np
import pytest

PLAIN_KERNEL = """
void add_vectors(float *x, int *launch_size, int *launch_id, void *shared, void *barrier) {
  (void)shared, (void)barrier;
  x[launch_id[0] * launch_size[3] + launch_id[3]] += 1.0f;
}
"""


@pytest.fixture
def in_kernel_folder(build, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    build(PLAIN_KERNEL, "kernel", "-fvisibility=default").rename("kernel.so")


def test_example_usage(in_kernel_folder):
    import nexus

    # Get available runtimes and devices
    runtimes = nexus.get_runtimes()
    runtime = runtimes[0]
    devices = runtime.get_devices()
    device = devices[0]

    # Create a buffer from numpy array
    data = np.ones(1024, dtype=np.float32)
    buf = device.create_buffer(data)

    # Load a kernel library and get a kernel
    lib = device.load_library("kernel.so")
    kernel = lib.get_kernel("add_vectors")

    # Create a schedule and command
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    command.set_buffer(0, buf)
    command.finalize(32, 1024)

    # Run the schedule
    schedule.run()

    assert (buf.numpy() == 2).all()
    assert (data == 1).all()


def test_example_usage_with_lists(in_kernel_folder):
    import nexus

    # Get available runtimes and devices
    runtimes = nexus.get_runtimes()
    runtime = runtimes[0]
    devices = runtime.get_devices()
    device = devices[0]

    # Create a buffer from numpy array
    data = np.ones(1024, dtype=np.float32)
    buf = device.create_buffer(data)

    # Load a kernel library and get a kernel
    lib = device.load_library("kernel.so")
    kernel = lib.get_kernel("add_vectors")

    # Create a schedule and command
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    command.set_buffer(0, buf)
    command.finalize([32, 1, 1], [1024, 1, 1])

    # Run the schedule
    schedule.run()

    assert (buf.numpy() == 2).all()


def test_basic_event_usage(cpu):
    import nexus

    device = cpu

    # Create an event
    event = device.create_event(nexus.event_type.Shared)

    # Signal the event
    event.signal(1)

    # Wait for the event
    event.wait(1)

    assert event.value == 1
    assert event in device.get_events()


@pytest.mark.parametrize("sizes", [(256, 1024), ([256, 1, 1], [1024, 1, 1])])
def test_event_based_synchronization(cpu, in_kernel_folder, sizes):
    device = cpu
    kernel = device.load_library("kernel.so").get_kernel("add_vectors")
    input_buffer = device.create_buffer(np.zeros(1024, np.float32))

    # Create event and schedule
    event = device.create_event()
    schedule = device.create_schedule()

    # Add kernel command
    cmd = schedule.create_command(kernel)
    cmd.set_buffer(0, input_buffer)
    cmd.finalize(*sizes)

    # Add signal command
    signal_cmd = schedule.create_signal_command(event, 1)

    # Run schedule non-blocking
    schedule.run(blocking=False)

    # Wait for completion
    event.wait(1)

    assert (input_buffer.numpy() == 1).all()
    assert signal_cmd.get_event() is event


def test_device_property_queries(cpu):
    import nexus

    device = cpu
    if "CoreMemorySize" not in device.properties():
        pytest.skip("the system does not report the sizes of its caches")
    info = device.get_info()

    # By string name
    name = info.get_str("Name")
    vendor = info.get_str("Vendor")

    # By enum (from nexus.property)
    arch = info.get_str(nexus.property.Architecture)

    # By hierarchical path
    l2_size = info.get_int(["MemorySubsystem", "MemoryTypes", 1, "Size"])

    assert name
    assert vendor == vendor.lower()
    assert arch == device.get_property_str("Architecture")
    assert l2_size == device.get_property_int(["MemorySubsystem", "MemoryTypes", 1, "Size"]) > 0


def test_property_queries_of_a_record():
    import nexus

    info = nexus.lookup_device_info("sm_70")

    # By string name
    name = info.get_str("Name")
    vendor = info.get_str("Vendor")

    # By enum (from nexus.property)
    arch = info.get_str(nexus.property.Architecture)

    # By hierarchical path
    l2_size = info.get_int(["MemorySubsystem", "MemoryTypes", 1, "Size"])

    mem_types = info.get_str_vec(["MemorySubsystem", "SupportedMemoryTypes"])

    assert (name, vendor, arch) == ("NVIDIA V100", "nvidia", "sm_70")
    assert l2_size == 6 << 20
    assert mem_types == ["HBM2"]


def test_other_property_queries(cpu, in_kernel_folder):
    device = cpu
    buffer = device.create_buffer(np.ones(1024, dtype=np.float32))
    library = device.load_library("kernel.so")
    kernel = library.get_kernel("add_vectors")
    schedule = device.create_schedule()
    command = schedule.create_command(kernel)
    command.set_buffer(0, buffer)

    size = buffer.get_property_int("Size")
    dtype = buffer.get_property_str("DataType")
    lib_type = library.get_property_str("Type")
    kernel_name = kernel.get_property_str("Name")
    sched_status = schedule.get_property_str("Status")
    cmd_args = command.get_property_int_vec("Arguments")

    assert (size, dtype, kernel_name) == (4096, "F32", "add_vectors")
    assert lib_type
    assert sched_status
    assert len(cmd_args) == 1


def test_system_buffers():
    import nexus

    assert nexus.create_buffer(64).nbytes == 64
    assert nexus.create_buffer(np.ones(4, np.float32)).device.type == "cpu"


def test_a_missing_property_is_a_runtime_error(cpu):
    with pytest.raises(RuntimeError, match="NoSuchThing"):
        cpu.get_info().get_str("NoSuchThing")
    with pytest.raises(RuntimeError, match="NoSuchThing"):
        cpu.get_property_str("NoSuchThing")
