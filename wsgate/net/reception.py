"""What stands before the application: a request or a websocket is let in, or answered here."""

from __future__ import annotations

from http import HTTPStatus

from wsgate.asgi.restart import retry_after
from wsgate.asgi.scope import Surroundings, scope_path
from wsgate.asgi.types import Address
from wsgate.http1.errors import RequestError
from wsgate.http1.events import Request
from wsgate.net.admission import Place, Refusal
from wsgate.net.profiles import Profile
from wsgate.net.service import Service
from wsgate.websocket.handshake import (
    HandshakeError,
    OpeningHandshake,
    check_origin,
    parse_opening_handshake,
)


def profile_for(service: Service, request: Request, around: Surroundings) -> Profile:
    """Give the settings of a websocket's route."""
    if service.profiles.routed:
        return service.profiles.of(scope_path(request, around))
    return service.profiles.default


def let_in(service: Service, client: Address | None) -> Place | None:
    """Let a request in, with a place where those are limited; raises RequestError."""
    if service.admission is None:
        return None
    return _taken(service, service.admission.enter(service.profiles.default.admission, client))


def let_in_websocket(
    service: Service, profile: Profile, request: Request, around: Surroundings
) -> Place | None:
    """The same for a websocket."""
    if service.admission is None:
        return None
    path = scope_path(request, around)
    place = service.admission.enter_websocket(profile.admission, around.client, path)
    return _taken(service, place)


def check_handshake(
    service: Service, profile: Profile, request: Request, scheme: str
) -> OpeningHandshake:
    """Give what an opening handshake asks for; raises RequestError where it is refused."""
    try:
        handshake = parse_opening_handshake(request.method, request.headers, request.has_body)
        check_origin(request.headers, profile.allow_origins, scheme)
    except HandshakeError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            service.counters.count("refused.origin")
        raise RequestError(error.status, error.message, error.headers) from None
    return handshake


def _taken(service: Service, place: Place | Refusal) -> Place:
    if isinstance(place, Refusal):
        service.counters.count(f"refused.{place.limit}")
        raise RequestError(place.status, place.sentence, retry_after())
    return place
