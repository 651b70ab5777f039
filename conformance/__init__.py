"""The suites that others wrote, one folder each; see README.md."""
