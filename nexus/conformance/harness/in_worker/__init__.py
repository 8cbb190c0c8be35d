"""Code that runs in a worker beside the plugin, with only the binding and the standard library."""
