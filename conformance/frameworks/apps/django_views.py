"""The HTTP side of the Django project: views in threads and on the event loop."""

# Django is not installed where the types are checked.
# mypy: allow-untyped-decorators, allow-subclassing-any

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path
from django.views import View
from django.views.decorators.http import require_POST

from tests.e2e.apps.diary import Diary

diary = Diary()


class MishapError(Exception):
    """Nobody handles it; Django answers 500, and the server never sees it."""


class Pages(View):
    """Read and write the diary, on the event loop."""

    async def get(self, request: HttpRequest, name: str) -> HttpResponse:
        return JsonResponse(await diary.read(name), safe=False)

    async def post(self, request: HttpRequest, name: str) -> HttpResponse:
        diary.write(name, request.body.decode())
        return HttpResponse(status=204)


def mirror(request: HttpRequest) -> HttpResponse:
    """Tell what the request says, from a thread."""
    response = JsonResponse(
        {
            "method": request.method,
            "path": request.path,
            "args": request.GET.getlist("a"),
            "fields": request.POST.dict(),
            "cookies": request.COOKIES,
            "client": request.META["REMOTE_ADDR"],
            "url": request.build_absolute_uri(),
            "x-twice": request.headers.get("x-twice"),
        }
    )
    response.set_cookie("a", "1", samesite="Lax")
    response.set_cookie("b", "2", httponly=True)
    return response


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take files; a large one comes by a temporary file."""
    files = {}
    for each in request.FILES.values():
        digest = hashlib.sha256()
        for piece in each.chunks():
            digest.update(piece)
        files[each.name] = {"size": each.size, "sha256": digest.hexdigest()}
    return JsonResponse({"fields": request.POST.dict(), "files": files})


def visits(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return JsonResponse(request.session["visits"], safe=False)


def broken(request: HttpRequest) -> HttpResponse:
    raise MishapError


def source(request: HttpRequest) -> HttpResponse:
    return FileResponse(Path(__file__).open("rb"), as_attachment=True, filename="views.py")


def large(request: HttpRequest) -> HttpResponse:
    return HttpResponse("large " * 10_000, content_type="text/plain")


async def stream(request: HttpRequest, name: str) -> HttpResponse:
    async def pieces() -> AsyncIterator[str]:
        yield "first\n"
        yield await diary.read(name)

    return StreamingHttpResponse(pieces(), headers={"content-encoding": "identity"})


async def endless(request: HttpRequest, name: str) -> HttpResponse:
    """Stream until the client goes."""

    async def pieces() -> AsyncIterator[str]:
        try:
            while True:
                yield "more\n"
                await asyncio.sleep(0.01)
        finally:
            diary.write(name, "the client went")

    return StreamingHttpResponse(pieces(), headers={"content-encoding": "identity"})


async def wait(request: HttpRequest, name: str) -> HttpResponse:
    """Work on an answer until Django cancels it, as the client went."""
    diary.write(f"{name}-started", True)
    try:
        await diary.read(f"{name}-never")
    except asyncio.CancelledError:
        diary.write(name, "cancelled")
        raise
    return HttpResponse()


def tell(request: HttpRequest, room: str) -> HttpResponse:
    """Tell a room of websockets, from a thread."""
    message = {"type": "room.said", "text": request.body.decode()}
    async_to_sync(get_channel_layer().group_send)(room, message)
    return HttpResponse(status=204)


urlpatterns = [
    path("diary/<name>", Pages.as_view()),
    path("mirror/", mirror),
    path("upload", upload),
    path("visits", visits),
    path("broken", broken),
    path("source", source),
    path("large", large),
    path("stream/<name>", stream),
    path("endless/<name>", endless),
    path("wait/<name>", wait),
    path("tell/<room>", tell),
]
