"""A small chat, written as the example of a plain ASGI application with websockets.

Start it with ``wsgate wsgate.demo.app:app --port 8000``. From the outside in:

- ``app``       what the server calls: http, websocket and lifespan scopes
- ``pages``     the page, its assets and ``/healthz``, out of memory
- ``session``   one client's websocket, from its connect to its end
- ``room``      who is here and what was said
- ``messages``  what a client may say, and how it is told

The room lives in the memory of one process: with several workers there are several rooms.
"""
