"""The parsers of heads, by the name that the option --http has for them."""

from wsgate.http1 import h11_parser, httptools_parser
from wsgate.http1.parser import HeadParser

PARSERS: dict[str, HeadParser] = {
    "httptools": httptools_parser.parse_head,
    "h11": h11_parser.parse_head,
}
