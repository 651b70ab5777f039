r"""The grammar of RFC 9110 and RFC 9112, each production beside its regex.

Every regex is over bytes, so that a digit is one of ten (``\d`` on str knows hundreds), and none
has two ways to match the same text, so that time is linear in the input.
"""

import re
from typing import Final

# token = 1*tchar (RFC 9110 section 5.6.2)
token = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"

# A field's value is made of VCHAR, obs-text, SP and HTAB (RFC 9110 section 5.5).
field_text = rb"[\t\x20-\x7e\x80-\xff]"

# quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE (RFC 9110 section 5.6.4)
quoted_string = rb'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"'

# The methods that llhttp accepts in a request of HTTP/1.x, those we meet most in front.
# CONNECT is not among them: it makes a tunnel, and there is none to be had here (RFC 9931).
METHODS: Final = (
    b"GET POST HEAD PUT DELETE PATCH OPTIONS TRACE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH "
    b"UNLOCK BIND REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE "
    b"UNSUBSCRIBE PURGE MKCALENDAR LINK UNLINK SOURCE QUERY"
).split()

# request-line = method SP request-target SP HTTP-version (RFC 9112 section 3)
REQUEST_LINE: Final = re.compile(rb"(%b) ([\x21-\x7e]+) HTTP/([0-9]\.[0-9])" % token)

# request-target = origin-form / absolute-form / authority-form / asterisk-form (section 3.2).
# A fragment is no part of it; authority-form belongs to CONNECT, asterisk-form to OPTIONS.
target_text = rb"[\x21\x22\x24-\x7e]"
SERVED_REQUEST_LINE: Final = re.compile(
    rb"(?:(?:%b) (?:/|[Hh][Tt][Tt][Pp][Ss]?://)%b*|OPTIONS \*) HTTP/1\.[01]\r\n"
    % (b"|".join(METHODS), target_text)
)

# absolute-form = scheme "://" authority path-abempty [ "?" query ] (RFC 9110 section 4.2)
ABSOLUTE_FORM: Final = re.compile(rb"https?://([^/?]*)([^?]*)\??(.*)", re.IGNORECASE)

# Host = uri-host [ ":" port ] (RFC 9110 section 7.2); uri-host = IP-literal / IPv4address /
# reg-name (RFC 3986 section 3.2.2). A reg-name could hold a comma: to us that is two of them.
host_text = rb"[A-Za-z0-9\-._~!$&'()*+;=]"
reg_name = rb"(?:%b+|(?=%%))(?:%%[0-9A-Fa-f]{2}%b*)*" % (host_text, host_text)
HOST: Final = re.compile(
    rb"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|%b)(?::(?P<port>[0-9]{0,5}))?" % reg_name
)

# Content-Length = 1*DIGIT (RFC 9110 section 8.6); 18 digits keep it below 2^63 in any language
# that may stand behind us.
LENGTH_DIGITS: Final = 18
CONTENT_LENGTH: Final = re.compile(rb"[0-9]{1,%d}" % LENGTH_DIGITS)

# chunk-size = 1*HEXDIG (RFC 9112 section 7.1), at most 64 bits;
# chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) (section 7.1.1)
CHUNK_HEADER: Final = re.compile(
    rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)*\r\n"
    % (token, token, quoted_string)
)

# trailer-section = *( field-line CRLF ) (RFC 9112 section 7.1.2)
TRAILER_LINE: Final = re.compile(rb"(%b):%b*\r\n" % (token, field_text))

TOKEN: Final = re.compile(token)
FIELD_VALUE: Final = re.compile(field_text + rb"*")

# Bytes that may stand in a head at all: the text of fields, CR and LF.
HEAD_BYTES: Final = bytes(
    byte for byte in range(256) if byte in b"\t\r\n" or (byte >= 0x20 and byte != 0x7F)
)

# CR without LF, or the white space behind them that would fold a line. Where there is neither, as
# many LF as CR mean that no LF stands alone.
BARE_CR_OR_FOLD: Final = re.compile(rb"\r(?!\n(?![ \t]))")

# A whole head without a fault that is found byte by byte (its first group is the request line).
WHOLE_HEAD: Final = re.compile(
    rb"(%b)(?:[\x21-\x7e\x80-\xff]%b*\r\n)*\r\n" % (SERVED_REQUEST_LINE.pattern, field_text)
)

# The lines that say how long the body is.
FRAMING_FIELD: Final = re.compile(
    rb"\r\n(content-length|transfer-encoding):([^\r]*)", re.IGNORECASE
)

# What no head may hold, up to the byte that shows it: a control character, CR without LF, LF
# without CR (section 2.2), white space at the start of a line (sections 2.2 and 5.2).
HEAD_FAULT: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r[^\n]|(?<!\r)\n|\n[ \t]")
