"""Benchmarks of Nexus side by side with its alternatives: ``python -m benchmarks``."""
