"""What HTTP/1.1 servers make of requests that go wrong; see README.md."""
