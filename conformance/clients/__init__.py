"""The clients of others against the real command; see README.md."""
