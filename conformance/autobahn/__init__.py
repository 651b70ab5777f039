"""Autobahn|Testsuite; see README.md."""
