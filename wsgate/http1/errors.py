"""What can go wrong on either side of an HTTP/1.1 connection.

Exception
├── RequestError      the client broke a rule, or asks for what is not served: answer and close
├── IncompleteBody    the client went away inside a body: close, there is nobody to answer
└── RuntimeError
    └── ResponseError the application broke a rule of its response
"""

from wsgate.http1.events import Headers


class RequestError(Exception):
    """A request that is refused.

    ``status`` is the status code of the answer, ``message`` one sentence for its body and the log,
    ``headers`` are fields that the answer needs beside the usual ones.
    """

    def __init__(self, status: int, message: str, headers: Headers | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.headers: Headers = [] if headers is None else headers

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


class IncompleteBody(Exception):  # noqa: N818 - it is no error of ours: a client went away
    """The stream ended inside a body (RFC 9112 section 8)."""


class ResponseError(RuntimeError):
    """The application's response is refused: the sentence says what was expected."""
