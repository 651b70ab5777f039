"""The command daphne on uvloop: it takes its loop from asyncio when it is imported."""

import asyncio

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

from daphne.cli import CommandLineInterface  # noqa: E402

CommandLineInterface.entrypoint()
