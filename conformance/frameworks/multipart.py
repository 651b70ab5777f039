"""A form as browsers send it (RFC 7578)."""

from __future__ import annotations

from collections.abc import Iterable

BOUNDARY = "a-boundary-that-is-nowhere-else"


def multipart(
    fields: Iterable[tuple[str, str]], files: Iterable[tuple[str, str, str, bytes]]
) -> tuple[dict[str, str], bytes]:
    """The header fields and the body of a form.

    A field is a name and a value; a file is a name, the file's own, its type and its bytes.
    """
    parts = [(f'name="{name}"', value.encode()) for name, value in fields]
    for name, filename, kind, content in files:
        parts.append((f'name="{name}"; filename="{filename}"\r\nContent-Type: {kind}', content))
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for head, content in parts
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return headers, body + f"--{BOUNDARY}--\r\n".encode()
