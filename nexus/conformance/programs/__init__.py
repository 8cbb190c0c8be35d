"""Reproductions of failures outside of the kit: recordings, and programs in C."""
