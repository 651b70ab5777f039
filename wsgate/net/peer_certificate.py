"""The certificate of a client, as the TLS extension of ASGI wants it."""

from __future__ import annotations

import re
from ssl import DER_cert_to_PEM_cert, SSLObject
from typing import Any, Final

_KEYWORDS: Final = {
    "commonName": "CN",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "streetAddress": "STREET",
    "domainComponent": "DC",
    "userId": "UID",
}
"""RFC 4514 section 3; other types keep the name that OpenSSL has for them."""

_SPECIAL: Final = re.compile(r'["+,;<>\\]|^[# ]| $')


def chain_of(tls: SSLObject) -> list[str]:
    """Give what the client has sent, its own first, in PEM; before Python 3.13 that one alone."""
    own = tls.getpeercert(binary_form=True)
    if own is None:
        return []
    whole: Any = getattr(tls, "get_unverified_chain", None)
    return [DER_cert_to_PEM_cert(each) for each in (whole() if whole is not None else [own])]


def distinguished_name(tls: SSLObject) -> str | None:
    """Give the subject as RFC 4514 writes it, from the last part to the first."""
    certificate: Any = tls.getpeercert()
    if not certificate:
        return None
    parts = reversed(certificate.get("subject", ()))
    return ",".join("+".join(_attribute(*each) for each in part) for part in parts)


def _attribute(name: str, value: str) -> str:
    value = _SPECIAL.sub(r"\\\g<0>", value).replace("\0", r"\00")
    return f"{_KEYWORDS.get(name, name)}={value}"
