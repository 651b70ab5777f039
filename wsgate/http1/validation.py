"""The one verdict on a request, for both parsers (RFC 9112 sections 3, 6 and 9, RFC 9110).

What frames the body is judged on the raw head, not on what a parser makes of it: each parser has
its own idea of which lengths and codings to merge, to mend or to refuse, and with which status.
"""

import ipaddress
from functools import lru_cache
from typing import Final

from wsgate.http1.body import BodyDecoder, ChunkedDecoder, LengthDecoder
from wsgate.http1.errors import RequestError
from wsgate.http1.events import Headers, Request
from wsgate.http1.grammar import (
    ABSOLUTE_FORM,
    CONTENT_LENGTH,
    FRAMING_FIELD,
    HOST,
    METHODS,
    REQUEST_LINE,
    TOKEN,
)
from wsgate.http1.parser import Head

_LONGEST_METHOD: Final = max(map(len, METHODS))
_JUDGED: Final = frozenset(
    b"connection content-length expect host transfer-encoding upgrade".split(),
)


def long_request_line(line: bytes) -> RequestError:
    """Say what is wrong with a request line over the limit, of which ``line`` is a part."""
    method = line[: _LONGEST_METHOD + 1]
    if len(method) > _LONGEST_METHOD and TOKEN.fullmatch(method):
        # "A server that receives a method longer than any that it implements SHOULD respond with
        # a 501" (RFC 9112 section 3)
        return RequestError(501, "The method is not implemented.")
    return RequestError(414, "The request line is too long.")


def unserved_request_line(line: bytes) -> RequestError | None:
    """Say why a request line, given without its line end, is not served."""
    match = REQUEST_LINE.fullmatch(line)
    if match is None:
        return RequestError(400, "The request line is malformed.")
    method, target, version = match.groups()
    if version not in (b"1.0", b"1.1"):
        return RequestError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    if method not in METHODS:
        return RequestError(501, "The method is not implemented.")
    if b"#" in target:
        return RequestError(400, "The request target holds a fragment.")
    if target == b"*":
        if method == b"OPTIONS":
            return None
        return RequestError(400, "The target * is for OPTIONS only.")
    if not target.startswith(b"/") and not ABSOLUTE_FORM.fullmatch(target):
        return RequestError(400, "The request target is neither a path nor an http URL.")
    return None


def frame_body(head: bytes) -> BodyDecoder | None:
    """Return what decodes the body behind the raw ``head``, None where none follows.

    Raises RequestError (RFC 9112 section 6).
    """
    fields = FRAMING_FIELD.findall(head)
    if not fields:
        return None
    lengths = [value.strip() for name, value in fields if name.lower() == b"content-length"]
    codings = [value.strip() for name, value in fields if name.lower() == b"transfer-encoding"]
    if not codings:
        return _frame_by_length(lengths)
    if lengths:
        raise RequestError(400, "The body is framed by Content-Length and Transfer-Encoding both.")
    if head[: head.index(b"\r\n")].endswith(b"1.0"):
        # "A server ... that receives an HTTP/1.0 message containing a Transfer-Encoding header
        # field MUST treat the message as if the framing is faulty" (section 6.1)
        raise RequestError(400, "HTTP/1.0 has no Transfer-Encoding.")
    return _frame_by_coding(codings)


def _frame_by_length(lengths: list[bytes]) -> BodyDecoder | None:
    if len(lengths) > 1:
        raise RequestError(400, "Content-Length occurs more than once.")
    if not CONTENT_LENGTH.fullmatch(lengths[0]):
        raise RequestError(400, "Content-Length is no valid length.")
    length = int(lengths[0])
    return LengthDecoder(length) if length else None


def _frame_by_coding(codings: list[bytes]) -> BodyDecoder:
    if len(codings) > 1:
        raise RequestError(400, "Transfer-Encoding occurs more than once.")
    *others, last = [coding.strip() for coding in codings[0].lower().split(b",")]
    if last != b"chunked":
        raise RequestError(400, "The last transfer coding is not chunked.")
    if b"chunked" in others:
        # "A sender MUST NOT apply the chunked transfer coding more than once" (section 6.1)
        raise RequestError(400, "The body is chunked twice.")
    if others:
        raise RequestError(501, "No transfer coding but chunked is implemented.")
    return ChunkedDecoder()


def judge(head: Head, raw: bytes) -> tuple[Request, BodyDecoder | None]:
    """Judge a parsed head, ``raw`` as it came; raises RequestError.

    Returns the request, and what decodes its body, None where none follows.
    """
    headers = head.headers
    judged: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        if name in _JUDGED:
            judged.setdefault(name, []).append(value)

    framed = b"content-length" in judged or b"transfer-encoding" in judged
    body = frame_body(raw) if framed else None
    modern = head.http_version == "1.1"
    authority, path, query = _split_target(head.target)
    _check_host(judged.get(b"host"), modern, needed=path != b"*")
    if authority:
        # "the origin server MUST ignore the received Host header field (if any) and instead
        # use the host information of the request-target" (RFC 9112 section 3.2.2)
        headers = _replaced(headers, b"host", authority)
    if b"transfer-encoding" in judged:
        headers = [(n, b"chunked" if n == b"transfer-encoding" else v) for n, v in headers]

    expectations = judged.get(b"expect", [])
    for expectation in expectations:
        if expectation.lower() != b"100-continue":
            raise RequestError(417, "No expectation but 100-continue is known.")

    options = _members(judged[b"connection"]) if b"connection" in judged else frozenset()
    request = Request(
        method=head.method.decode("ascii"),
        path=path,
        query=query,
        http_version=head.http_version,
        headers=headers,
        # RFC 9112 section 9.3: close wins; 1.1 persists unless it says close, 1.0 only on demand.
        keep_alive=b"close" not in options and (modern or b"keep-alive" in options),
        # "MUST ignore" in HTTP/1.0; without a body there is nothing to wait for (RFC 9110, 10.1.1)
        expect_continue=modern and body is not None and bool(expectations),
        # "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request"
        # (RFC 9110 section 7.8)
        upgrade=(
            modern
            and b"upgrade" in options
            and b"websocket" in _members(judged.get(b"upgrade", []))
        ),
        has_body=body is not None,
    )
    return request, body


def _members(values: list[bytes]) -> frozenset[bytes]:
    """Return the members of a list field (RFC 9110 section 5.6.1), in lower case."""
    value = b",".join(values)
    return _usual_members(value) if len(value) <= _LONGEST_USUAL_LIST else _split_members(value)


def _split_members(value: bytes) -> frozenset[bytes]:
    return frozenset([member.strip() for member in value.lower().split(b",")])


_LONGEST_USUAL_LIST: Final = 64
_usual_members = lru_cache(_split_members)


def _split_target(target: bytes) -> tuple[bytes, bytes, bytes]:
    """Split a target into authority (empty but in absolute-form), path and query."""
    if target[:1] in (b"/", b"*"):
        if b"?" not in target:
            return b"", target, b""
        path, _, query = target.partition(b"?")
        return b"", path, query
    match = ABSOLUTE_FORM.fullmatch(target)
    if match is None or not is_host(match[1]):
        raise RequestError(400, "The authority of the request target is invalid.")
    return match[1], match[2] or b"/", match[3]


def _check_host(hosts: list[bytes] | None, modern: bool, needed: bool) -> None:
    """Obey RFC 9112 section 3.2: a 400 to any request whose Host is missing, doubled or invalid."""
    if hosts is None:
        if modern:
            raise RequestError(400, "Host is missing.")
        return
    if len(hosts) > 1:
        raise RequestError(400, "Host occurs more than once.")
    if not is_host(hosts[0]) and (hosts[0] or needed):
        raise RequestError(400, "Host is invalid.")


def is_host(host: bytes) -> bool:
    """Tell whether this is a host that is not empty, with or without a port."""
    # Requests name few hosts; what is too long for a name of the DNS is not worth the memory.
    return _is_usual_host(host) if len(host) <= _LONGEST_USUAL_HOST else _matches_host(host)


def _matches_host(host: bytes) -> bool:
    match = HOST.fullmatch(host)
    if match is None:
        return False
    if match.lastgroup is None:
        return True
    if int(match["port"] or 0) > 65535:
        return False
    if match["ipv6"]:
        try:
            ipaddress.IPv6Address(match["ipv6"].decode("ascii"))
        except ValueError:
            return False
    return True


_LONGEST_USUAL_HOST: Final = 255
_is_usual_host = lru_cache(_matches_host)


def _replaced(headers: Headers, name: bytes, value: bytes) -> Headers:
    """Return ``headers`` with the one field ``name`` set to ``value``, first where it was not."""
    if any(field[0] == name for field in headers):
        return [(name, value) if field[0] == name else field for field in headers]
    return [(name, value), *headers]
