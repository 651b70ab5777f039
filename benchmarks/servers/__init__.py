"""Echo servers outside ASGI, one file each."""
