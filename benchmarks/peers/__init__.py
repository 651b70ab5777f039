"""What runs beside wsgate: echo servers outside ASGI, one file each."""
