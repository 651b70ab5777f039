"""The bytes that were received and not yet parsed."""


class ReceiveBuffer:
    """A queue of bytes that copies nothing while a segment is used up before the next one comes.

    ``data`` holds the queue from ``start`` on. A segment is kept as it came; only bytes that are
    added to a rest make it a bytearray, which grows and shrinks in amortised constant time.
    """

    __slots__ = ("data", "start")

    def __init__(self) -> None:
        self.data: bytes | bytearray = b""
        self.start = 0

    def __len__(self) -> int:
        return len(self.data) - self.start

    def append(self, data: bytes) -> None:
        """Add a segment at the end."""
        if self.start == len(self.data):
            self.data = data
        else:
            if isinstance(self.data, bytearray):
                del self.data[: self.start]
            else:
                self.data = bytearray(memoryview(self.data)[self.start :])
            self.data += data
        self.start = 0

    def take(self, count: int) -> bytes:
        """Remove at most ``count`` bytes from the front and return them."""
        data, end = self.data, self.start + count
        if not self.start and end >= len(data) and isinstance(data, bytes):
            self.data = b""
            return data
        taken = bytes(data[self.start : end])
        if end < len(data):
            self.start = end
        else:
            self.clear()
        return taken

    def peek(self, count: int) -> bytes:
        """Return what `take` would, without removing it."""
        return bytes(self.data[self.start : self.start + count])

    def find(self, what: bytes) -> int:
        """Return where ``what`` begins, counted from the front, or -1."""
        position = self.data.find(what, self.start)
        return position - self.start if position >= 0 else -1

    def clear(self) -> None:
        """Drop everything, the memory included."""
        self.data = b""
        self.start = 0
