"""HTTP/1.1 without I/O: bytes to requests, responses to bytes (RFC 9110, RFC 9112)."""
