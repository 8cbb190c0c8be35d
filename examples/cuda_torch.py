"""Run a kernel on PyTorch's tensors, and PyTorch on buffers, in the same memory of the GPU."""

import nexus

SOURCE = """
extern "C" __global__ void relu(float *x, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count && x[i] < 0.0f) x[i] = 0.0f;
}
"""


def main() -> None:
    import torch

    device = nexus.get_runtime("cuda").get_device(0)
    kernel = device.compile(SOURCE).get_kernel("relu")

    # A tensor as a buffer, without a copy. DLPack orders it after the work that PyTorch has queued
    # for the tensor.
    tensor = torch.randn(1000, device="cuda")
    expected = tensor.clamp(min=0)
    buffer = device.create_buffer(tensor, copy=False)
    kernel(buffer, tensor.numel(), group_size=256, grid_size=1024)
    assert torch.equal(tensor, expected)

    # A buffer as a tensor, without a copy.
    buffer = device.create_buffer((4, 4), dtype="float32")
    view = torch.from_dlpack(buffer)
    view += 3
    # PyTorch only queues this, on a stream that Nexus does not know.
    torch.cuda.synchronize()
    assert (buffer.numpy() == 3).all()

    # PyTorch work on a Nexus stream, in order with what the stream runs.
    stream = device.create_stream()
    with torch.cuda.stream(torch.cuda.ExternalStream(stream.get_property_int("Value"))):
        view *= -1
        schedule = device.create_schedule()
        command = schedule.create_command(kernel)
        command.set_buffer(0, buffer)
        command.set_scalar(1, 16)
        command.finalize(16, 16)
        schedule.run(stream)
    assert (buffer.numpy() == 0).all()
    print(f"PyTorch {torch.__version__} and Nexus share the memory of {device.name}")


if __name__ == "__main__":
    main()
