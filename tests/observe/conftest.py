"""Gives the loggers back as they were: they belong to the whole process."""

import logging
from collections.abc import Iterator

import pytest

OURS = ("wsgate", "wsgate.error", "wsgate.access")


@pytest.fixture(autouse=True)
def restored_loggers() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in OURS]
    kept = [(each, each.handlers[:], each.level, each.propagate, each.disabled) for each in loggers]
    yield
    for logger, handlers, level, propagate, disabled in kept:
        for handler in set(logger.handlers) - set(handlers):
            handler.close()
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate
        logger.disabled = disabled
