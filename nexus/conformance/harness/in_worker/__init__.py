"""What runs in a worker, beside the plugin: the binding and the standard library, nothing else."""
