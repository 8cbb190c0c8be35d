"""What ``nexus demo`` shows."""
