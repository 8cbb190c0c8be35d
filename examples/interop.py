"""Share memory with NumPy and other libraries: views, wrapped arrays, DLPack, bfloat16."""

import numpy as np

import nexus


def main() -> None:
    device = nexus.get_runtime("cpu").get_device(0)

    # On a device that shares the host's memory, numpy() returns a view of the buffer.
    buffer = device.create_buffer(np.arange(6, dtype=np.float32).reshape(2, 3))
    view = buffer.numpy()
    view[0, 0] = 10
    assert np.asarray(buffer)[0, 0] == 10
    assert np.shares_memory(view, np.asarray(buffer))

    # The other way round: with copy=False a buffer is a view of an array.
    array = np.zeros(4, dtype=np.int32)
    wrapped = device.create_buffer(array, copy=False)
    wrapped.fill(7)
    assert array.tolist() == [7, 7, 7, 7]

    # A non-contiguous array is copied in the order of its elements.
    columns = device.create_buffer(view.T)
    assert columns.shape == (3, 2)
    assert columns.numpy().tolist() == view.T.tolist()

    # DLPack, both ways; from_dlpack does not copy.
    imported = np.from_dlpack(buffer)
    assert np.shares_memory(imported, view)

    # NumPy has no bfloat16, so it sees the bits.
    halves = device.create_buffer(3, dtype="bf16")
    halves.fill(1.5)
    assert np.asarray(halves).tolist() == [0x3FC0] * 3

    try:
        import torch
    except ImportError:
        print("PyTorch is not installed; leaving that part out")
        return
    tensor = torch.from_dlpack(halves)
    assert tensor.dtype == torch.bfloat16
    assert tensor.tolist() == [1.5, 1.5, 1.5]
    assert device.create_buffer(torch.ones(2, 2)).numpy().tolist() == [[1, 1], [1, 1]]
    print(f"PyTorch sees {tensor}")


if __name__ == "__main__":
    main()
