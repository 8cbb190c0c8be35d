"""Classes whose objects are called without a tuple and a dict of the arguments."""

from __future__ import annotations

import gc
import inspect
import weakref
from typing import Any

import pytest

import nexus
from nexus import _core
from nexus._objects.handle import Handle
from nexus._objects.in_c import in_c
from nexus.kernel import Kernel

# What Python calls Py_TPFLAGS_HAVE_VECTORCALL.
HAVE_VECTORCALL = 1 << 11


def made() -> Any:
    @in_c("__call__")
    class Own(Handle, _core.Function):
        """A class for this test."""

        __slots__ = ()

        def __init__(self):
            """Leave the object unbound."""

        def __call__(self, *args, **keywords):
            """Return what was passed."""
            return args, keywords

    return Own


def test_kernels_are_such_objects(add):
    assert Kernel.__flags__ & HAVE_VECTORCALL
    assert type(add) is Kernel is nexus.Kernel
    assert (Kernel.__module__, Kernel.__qualname__) == ("nexus.kernel", "Kernel")
    assert "Calling it runs it" in str(Kernel.__doc__)
    assert "class Kernel(" in inspect.getsource(Kernel)
    assert weakref.ref(add)() is add
    assert callable(add)


def test_every_way_to_call(add, arguments):
    a, b, c, *_ = arguments
    sizes = {"group_size": 16, "grid_size": 16}
    for call in (
        lambda: add(a, b, c, group_size=16, grid_size=16),
        lambda: add(*arguments[:3], **sizes),
        lambda: Kernel.__call__(add, a, b, c, **sizes),
        lambda: add.__call__(a, b, c, **sizes),
    ):
        c.fill(0)
        assert call() is nexus.status.NXS_Success
        assert c.numpy().tolist() == [3.0] * 16


def test_unusual_arguments_reach_the_method():
    own = made()()
    assert own(1, x=2) == ((1,), {"x": 2})
    assert own() == ((), {})
    assert own(**{"group_size": 1, "y" + "z": 2}) == ((), {"group_size": 1, "yz": 2})


def test_a_method_that_is_replaced_later():
    cls = made()
    own = cls()
    assert own(1) == ((1,), {})
    cls.__call__ = lambda self, *args, **keywords: ("replaced", args, keywords)
    assert own(1, x=2) == ("replaced", (1,), {"x": 2})


def test_subclasses():
    base, other = made(), made()

    class Sub(base):  # type: ignore[misc, valid-type]
        def __call__(self, *args):
            return "own", args

    class Same(other):  # type: ignore[misc, valid-type]
        pass

    assert Sub()(1) == ("own", (1,))
    assert Same()(1) == ((1,), {})


def test_objects_end_with_their_last_reference():
    own = made()()
    reference = weakref.ref(own)
    del own
    assert reference() is None


def test_cycles_are_collected():
    own = made()()
    own._arguments = [own]
    reference = weakref.ref(own)
    del own
    gc.collect()
    assert reference() is None


def test_what_cannot_be_made():
    class Upper(Handle, _core.Function):
        __slots__ = ()

        def __call__(self):
            return super().__repr__()

    with pytest.raises(TypeError, match=r"Upper.__repr__|super\(\) without arguments"):
        in_c("__call__")(Upper)
    with pytest.raises(TypeError, match="subclass of Function"):
        in_c("__call__")(type("Other", (Handle,), {"__slots__": (), "__call__": len}))
    with pytest.raises(TypeError, match="subclass of Function"):
        _core.install(Handle, "__call__", len, b"")
    with pytest.raises(TypeError, match="subclass of Object"):
        _core.configure_launches(int, {})
