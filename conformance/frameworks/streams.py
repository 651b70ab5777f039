"""Responses that are written piece by piece, whichever framework writes them."""

from __future__ import annotations

from typing import Any

from tests.e2e.places import Place


def hear_as_it_is_made(place: Place, name: str) -> None:
    """Read the first line of ``/stream``, and only then let the application make the second."""
    with place.connection() as connection:
        connection.request("GET", f"/stream/{name}")
        response = connection.getresponse()
        assert response.readline() == b"first\n"
        place.fetch(f"/diary/{name}", "POST", "second\n")
        assert response.read() == b"second\n"


def leave_an_endless_one(place: Place, name: str, line: bytes = b"more\n") -> Any:
    """Go after the first line of ``/endless``; give what the application noted about that."""
    with place.connection() as connection:
        connection.request("GET", f"/endless/{name}")
        response = connection.getresponse()
        assert response.readline() == line
        response.close()
    return place.fetch(f"/diary/{name}").value
