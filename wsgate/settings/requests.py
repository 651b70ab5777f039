"""HTTP requests and responses."""

from dataclasses import dataclass, field

from wsgate.conversions import header_fields
from wsgate.options import option

GROUP = "Requests and responses"


@dataclass(frozen=True, kw_only=True)
class RequestSettings:
    """HTTP requests and responses."""

    server_header: bool = field(default=True, metadata=option(GROUP, "Send the field Server."))
    date_header: bool = field(default=True, metadata=option(GROUP, "Send the field Date."))
    headers: tuple[tuple[bytes, bytes], ...] = field(
        default=(),
        metadata=option(
            GROUP,
            'A field for every response, "Name: value", where the application sets none of '
            "that name; may be repeated.",
            spelling="header",
            repeatable=True,
            separator="\n",
            unset="none",
            convert=header_fields,
        ),
    )
    limit_request_line: int = field(
        default=16_384,
        metadata=option(GROUP, "Longest request line; 414 above.", unit="bytes", minimum=64),
    )
    limit_request_head: int = field(
        default=65_536,
        metadata=option(
            GROUP, "Largest line and fields together; 431 above.", unit="bytes", minimum=64
        ),
    )
    limit_request_fields: int = field(
        default=128,
        metadata=option(GROUP, "Most fields of a request; 431 above.", unit="fields", minimum=1),
    )
