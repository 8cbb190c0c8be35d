"""Reads C: what a tree of headers declares, before anything is known of plugins."""
