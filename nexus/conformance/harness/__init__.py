"""Processes that call a plugin, and the helpers that checks use."""
