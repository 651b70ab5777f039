"""The contract with the application: ASGI 3.0, http, websocket and lifespan."""
