"""The settings of a server, a file for each group; `wsgate.config` puts them together."""
