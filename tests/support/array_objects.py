"""Objects that offer an array by one protocol, described by hand."""

from __future__ import annotations

import ctypes

from nexus.arrays import dlpack


class Has:
    """An object with the given attributes, such as one protocol."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __getattr__(self, name):
        raise AttributeError(name)


class Tensor:
    """A tensor that a DLPack producer describes by hand."""

    def __init__(
        self, values, said=(1, 0), versioned=True, major=1, shape=None, strides=None, **set_
    ):
        self.values, self.said, self.versioned = values, said, versioned
        shape = values.shape if shape is None else shape
        self.shape = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        self.strides = (ctypes.c_int64 * len(strides))(*strides) if strides else None
        at = ctypes.addressof
        parts = {
            "data": values.ctypes.data, "device_type": 1, "device_id": 0, "ndim": len(shape),
            "code": 2, "bits": values.itemsize * 8, "lanes": 1, "shape": at(self.shape),
            "strides": at(self.strides) if strides else None, "byte_offset": 0, **set_,
        }  # fmt: skip
        tensor = dlpack._Tensor(*parts.values())
        self.managed = (
            dlpack._ManagedVersioned(major, 0, None, None, 0, tensor)
            if versioned
            else dlpack._Managed(tensor, None, None)
        )

    def __dlpack__(self, **options):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        name = b"dltensor_versioned" if self.versioned else b"dltensor"
        self.kept = new(ctypes.addressof(self.managed), name, None)
        return self.kept

    def __dlpack_device__(self):
        return self.said


def interface(array, **changes):
    return Has(__array_interface__={**array.__array_interface__, **changes}, keep=array)
