"""The command daphne on uvloop: it takes its loop from asyncio when it is imported."""

import asyncio
import runpy

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
runpy.run_module("daphne", run_name="__main__", alter_sys=True)
