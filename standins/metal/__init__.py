"""A stand-in for Metal on Linux. See README.md."""
