"""Checks of the rules for all functions: handles, properties, threads, processes, failures."""
