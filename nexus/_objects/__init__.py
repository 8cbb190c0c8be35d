"""What all objects share: handles, properties, plugins, runs in flight, sizes and the log."""
