"""Arrays of PyTorch and CuPy, whose CUDA builds need a real driver."""

import pytest

import nexus

pytestmark = pytest.mark.gpu


def test_torch(device):
    torch = pytest.importorskip("torch")
    tensor = torch.arange(6, dtype=torch.bfloat16, device="cuda")
    with device.create_buffer(tensor, copy=False) as buffer:
        assert buffer.data_type == nexus.data_type.BF16
        back = torch.from_dlpack(buffer)
        assert back.data_ptr() == tensor.data_ptr()
        assert torch.equal(back, tensor)
        del back


def test_torch_is_waited_for(device):
    torch = pytest.importorskip("torch")
    with torch.cuda.stream(torch.cuda.Stream()):
        tensor = torch.zeros(1 << 20, device="cuda")
        for _ in range(500):
            tensor += 1
        with device.create_buffer(tensor, copy=False) as buffer:
            assert (buffer.numpy() == 500).all()


def test_cupy(device):
    cupy = pytest.importorskip("cupy")
    array = cupy.arange(6, dtype=cupy.float32)
    with device.create_buffer(array, copy=False) as buffer:
        assert cupy.asarray(buffer).data.ptr == array.data.ptr
        assert buffer.numpy().tolist() == [0, 1, 2, 3, 4, 5]
