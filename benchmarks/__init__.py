"""What Nexus costs, side by side with what it is compared to; ``python -m benchmarks``."""
