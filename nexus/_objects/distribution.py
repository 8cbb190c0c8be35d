"""The name under which pip installs the package, which is not the name that is imported."""

DISTRIBUTION = "nexus-device"


def install_command(extra: str) -> str:
    """Return the command that installs the package with one of its extras.

    Examples
    --------
    >>> from nexus._objects.distribution import install_command
    >>> install_command("db")
    'pip install "nexus-device[db]"'
    """
    return f'pip install "{DISTRIBUTION}[{extra}]"'
