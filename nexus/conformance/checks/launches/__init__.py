"""Checks of Launch, which runs a kernel without a schedule."""
