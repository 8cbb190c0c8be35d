"""Checks of commands, schedules, streams, and the order of their work."""
