"""The catalogs in the folders that the environment names."""

from __future__ import annotations

import os

from nexus.device_db.catalog import Catalog, load_catalog
from nexus.errors import CatalogError

_ENDINGS = (".json", ".kc", ".nxc")


def get_catalogs() -> dict[str, Catalog]:
    """Return the catalogs in the folders of ``NEXUS_CATALOG_PATH``.

    Returns
    -------
    dict
        Maps the names of files that end in ``.json``, ``.kc`` or ``.nxc``, without the ending, to
        `nexus.Catalog`. Of files with one name the first counts, in the order of the folders, then
        of the names. Empty without ``NEXUS_CATALOG_PATH``.

    Raises
    ------
    CatalogError
        If a folder or a catalog cannot be read; see `load_catalog`.
    ImportError
        If there is a catalog, and ``jsonschema`` is not installed.

    Examples
    --------
    >>> import nexus
    >>> sorted(nexus.get_catalogs())
    []
    """
    found: dict[str, Catalog] = {}
    for folder in filter(None, os.environ.get("NEXUS_CATALOG_PATH", "").split(os.pathsep)):
        try:
            files = sorted(os.listdir(folder))
        except OSError as error:
            reason = f"this folder of NEXUS_CATALOG_PATH cannot be listed: {error.strerror}"
            raise CatalogError(folder, "", reason) from error
        for file in files:
            name, ending = os.path.splitext(file)
            if ending in _ENDINGS and not file.startswith(".") and name not in found:
                found[name] = load_catalog(os.path.join(folder, file))
    return found


def find_catalog(named: str | os.PathLike[str]) -> Catalog:
    """Return the catalog at a path, or the one with a name in ``NEXUS_CATALOG_PATH``.

    Raises
    ------
    CatalogError
        If there is neither, or it cannot be read; see `load_catalog`.
    """
    name = os.fspath(named)
    if not os.path.exists(name) and name in (known := get_catalogs()):
        return known[name]
    return load_catalog(name)
