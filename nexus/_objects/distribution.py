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


def release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, without what marks a development version.

    Examples
    --------
    >>> release("0.1.0.dev3")
    (0, 1, 0)
    """
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if digits:
            numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
