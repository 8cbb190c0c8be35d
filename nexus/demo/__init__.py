"""The demonstration that ``nexus demo`` runs."""

from __future__ import annotations

import nexus

_SOURCE = """
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(nothing, NXS_OUT(float, x)) { NXS_ITEMS { x[NXS_GLOBAL_ID(0)] = 0; } }
"""


def takes_kernels(device: nexus.Device) -> bool:
    """Return whether a device's plugin compiles kernels of ``nexus-api/nxs_kernel.h``.

    Parameters
    ----------
    device : nexus.Device
        Any device.

    Returns
    -------
    bool
        False if the plugin does not recognize such a text as a library.

    Raises
    ------
    nexus.LibraryError
        If the plugin recognizes the text and cannot compile it: it has no compiler, for example.

    Examples
    --------
    >>> import nexus
    >>> from nexus.demo import takes_kernels
    >>> takes_kernels(nexus.get_runtime("cpu").get_device(0))
    True
    """
    try:
        device.compile(_SOURCE).close()
    except nexus.NotSupportedError:
        return False
    except nexus.LibraryError as error:
        if error.status == nexus.status.NXS_InvalidBinary:
            return False
        raise
    return True
