"""A plugin for Nexus: a device that negates floats."""

from pathlib import Path


def plugin_path() -> Path:
    """Return the plugin's file, for the entry point that Nexus finds it by."""
    return Path(__file__).with_name("libnegate_plugin.so")
