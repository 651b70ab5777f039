"""The I/O: sockets, the asyncio protocol, timers, and what a proxy says about its clients."""
