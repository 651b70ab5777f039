"""Many workers: a master that starts, watches and replaces them. docs/workers.md tells how."""
