"""The path of a message in one process, counted in instructions."""
