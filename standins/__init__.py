"""Drivers that tests run on, each a product of its own: see the README in its folder."""
