"""Routes, as a file or Python gives them."""

from typing import Any

import pytest

from wsgate.config import OPTIONS, Config
from wsgate.errors import ConfigError
from wsgate.options import Option
from wsgate.tables import Route

BY_ROUTE = [option for option in OPTIONS if option.by_route]
UPLOAD = {"path": "/upload/*", "ws-max-size": "64MiB", "allow_origin": ["https://Shop.example"]}


def config(*routes: Any, **options: Any) -> Config:
    return Config(app="a:b", routes=routes, **options)


def refusal(*routes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config(*routes)
    return str(caught.value)


def test_a_route_has_what_differs_in_its_final_form() -> None:
    routed = config(UPLOAD, {"path": "*"}, ws_max_queue=5)
    upload, rest = routed.routes
    settings: dict[str, Any] = {
        "ws_max_size": 64 * 1024 * 1024,
        "allow_origins": ("https://shop.example",),
    }
    assert (upload, rest) == (Route("/upload/*", settings), Route("*", {}))
    assert routed.of_route(upload) == config(ws_max_queue=5, **settings)
    assert routed.of_route(rest) == config(ws_max_queue=5)
    assert config(*routed.routes).routes == routed.routes


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_only_some_settings_may_differ(option: Option) -> None:
    value = "a:b" if option.positional else option.default
    if option.by_route:
        assert config({"path": "/", option.name: value}).routes == (
            Route("/", {option.name: value}),
        )
    elif value is not None:
        sentence = f"route '/': {option.name} is the same for all routes"
        assert refusal({"path": "/", option.name: value}) == sentence


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        ({**UPLOAD, "ws_max_sise": 1}, "route '/upload/*': there is no option 'ws_max_sise'; "
         "did you mean ws_max_size?"),
        ({**UPLOAD, "ws_max_queue": 0},
         "route '/upload/*': ws_max_queue must be at least 1, not 0"),
        ({**UPLOAD, "allow_origins": []}, "route '/upload/*': allow_origins is there under another "
         "name too: leave one of them"),
        ({}, 'route must have a path that begins with "/" or "*", '
         'for example "/upload/*", not None'),
        ({"path": "upload"}, 'route must have a path that begins with "/" or "*", '
         "for example \"/upload/*\", not 'upload'"),
        ({"path": ""}, 'route must have a path that begins with "/" or "*", '
         "for example \"/upload/*\", not ''"),
        ("/upload", "route must be a list of tables ([[route]]), with '/upload' in it"),
    ],
)  # fmt: skip
def test_a_wrong_route_is_refused(route: Any, sentence: str) -> None:
    assert refusal({"path": "/"}, route) == sentence


def test_a_route_that_would_never_be_used_is_refused() -> None:
    assert refusal(UPLOAD, {"path": "/"}, UPLOAD) == (
        "route '/upload/*' is there twice: the second would never be used"
    )


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^route must be a list of tables \(\[\[route\]\]\)"):
        Config(app="a:b", routes=UPLOAD)  # type: ignore[arg-type]
