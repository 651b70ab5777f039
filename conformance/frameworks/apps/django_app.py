"""The Django project as an ASGI application: HTTP for Django, websockets for Channels."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "conformance.frameworks.apps.django_settings"

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application
from django.urls import re_path

from conformance.frameworks.apps.django_consumers import polls, sockets

http = get_asgi_application()

app = ProtocolTypeRouter(
    {
        "http": URLRouter([*polls, re_path("", http)]),
        "websocket": AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter(sockets))),
    }
)
