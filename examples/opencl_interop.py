"""Share memory with PyOpenCL: its arrays as buffers, and buffers as memory of its kernels."""

import mmap

import numpy as np

import nexus

SOURCE = "kernel void twice(global float *x) { x[get_global_id(0)] *= 2; }"


def main() -> None:
    try:
        import pyopencl as cl
    except ImportError:
        print("PyOpenCL is not installed; leaving this example out")
        return
    device = nexus.get_runtime("opencl").get_device(0)
    ours = device.compile(SOURCE).get_kernel("twice")
    their_device = next(
        each
        for platform in cl.get_platforms()
        for each in platform.get_devices()
        if each.name == device.name
    )
    context = cl.Context([their_device])
    queue = cl.CommandQueue(context)
    theirs = cl.Program(context, SOURCE).build().twice

    # Without shared memory, contents go by way of the host.
    count = 4096
    data = np.arange(count, dtype=np.float32)
    memory = cl.Buffer(context, cl.mem_flags.COPY_HOST_PTR, hostbuf=data)
    theirs(queue, (count,), (64,), memory)
    array = np.empty_like(data)
    cl.enqueue_copy(queue, array, memory)
    copied = device.create_buffer(array)
    ours(copied, group_size=64, grid_size=count)
    assert (copied.numpy() == 4 * data).all()
    cl.enqueue_copy(queue, memory, copied.numpy())
    print(f"{device.name}: copied to PyOpenCL and back")

    if not device.unified_memory:
        # A buffer of such a device is a cl_mem of the context that Nexus made for the device.
        own = cl.Buffer.from_int_ptr(copied.get_property_int("Value"))
        own_queue = cl.CommandQueue(own.context)
        kernel = cl.Program(own.context, SOURCE).build().twice
        kernel(own_queue, (count,), (64,), own)
        own_queue.finish()
        assert (copied.numpy() == 8 * data).all()
        print("PyOpenCL used the memory of a buffer")
        return

    # Whole pages of the host are memory of both, and nothing is copied.
    pages = np.frombuffer(mmap.mmap(-1, data.nbytes), np.float32)
    pages[:] = data
    buffer = device.create_buffer(pages, copy=False)
    ours(buffer, group_size=64, grid_size=count)
    flags = cl.mem_flags.USE_HOST_PTR | cl.mem_flags.READ_WRITE
    their_view = cl.Buffer(context, flags, hostbuf=pages)
    theirs(queue, (count,), (64,), their_view)
    mapped, _ = cl.enqueue_map_buffer(queue, their_view, cl.map_flags.READ, 0, (count,), np.float32)
    assert (mapped == 4 * data).all()
    assert (buffer.numpy() == 4 * data).all()
    print("shared pages of the host with PyOpenCL")

    # PyOpenCL's SVM is memory of the host as well, so a buffer can be made of it.
    svm = cl.svm_empty(context, cl.svm_mem_flags.SVM_FINE_GRAIN_BUFFER, count, np.float32)
    svm[:] = data
    wrapped = device.create_buffer(svm, copy=False)
    ours(wrapped, group_size=64, grid_size=count)
    theirs(queue, (count,), (64,), cl.SVM(svm))
    queue.finish()
    assert (svm == 4 * data).all()
    print("shared PyOpenCL's SVM")


if __name__ == "__main__":
    main()
