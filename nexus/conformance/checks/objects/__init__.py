"""Checks of buffers, libraries, kernels and events."""
