"""The checks: each one proves a sentence of the contract."""
