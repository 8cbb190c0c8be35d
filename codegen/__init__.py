"""Generates the binding from the C headers. ``build_ffi.py`` is the command."""
