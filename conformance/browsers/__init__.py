"""Browsers on a page that wsgate serves; see README.md."""
