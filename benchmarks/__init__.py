"""What measures speed: the server against others, and the path of a message by itself."""
