"""Proxies before wsgate, with the configurations of deploy/."""
