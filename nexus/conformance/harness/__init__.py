"""Processes that call a plugin, and what a check is given to use them."""
