"""What a client may say, and with which code it is sent away for anything else."""

import json

import pytest

from wsgate.demo.messages import (
    MAX_MESSAGE,
    MAX_NAME,
    MAX_TEXT,
    CloseError,
    Command,
    Join,
    Ping,
    Rename,
    Say,
    encode,
    parse,
)


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ({"type": "join", "name": "Ada"}, Join("Ada")),
        ({"type": "join", "name": " \tAda  \n Lovelace "}, Join("Ada Lovelace")),
        ({"type": "join", "name": "x" * MAX_NAME}, Join("x" * MAX_NAME)),
        ({"type": "rename", "name": "👩‍💻 שלום"}, Rename("👩‍💻 שלום")),
        ({"type": "say", "text": "  two\nlines \n"}, Say("two\nlines")),
        ({"type": "say", "text": "😀" * MAX_TEXT}, Say("😀" * MAX_TEXT)),
        ({"type": "say", "text": "<b>", "of": "no matter"}, Say("<b>")),
        ({"type": "ping", "number": 7}, Ping(7)),
    ],
)
def test_a_good_message_is_a_command(message: dict[str, object], command: Command) -> None:
    assert parse(json.dumps(message)) == command


def test_the_longest_text_fits_even_if_all_of_it_is_escaped() -> None:
    message = json.dumps({"type": "say", "text": "😀" * MAX_TEXT}, ensure_ascii=True, indent=4)
    assert len(message) <= MAX_MESSAGE


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        pytest.param("", 1007, "JSON", id="empty"),
        pytest.param("{", 1007, "JSON", id="half"),
        pytest.param("[" * MAX_MESSAGE, 1007, "JSON", id="deep"),
        pytest.param('{"type": "ping", "number": ' + "9" * 5000 + "}", 1007, "JSON", id="huge"),
        pytest.param(" " * (MAX_MESSAGE + 1), 1009, "at most", id="long"),
    ],
)
def test_no_json_is_refused(text: str, code: int, reason: str) -> None:
    with pytest.raises(CloseError) as refused:
        parse(text)
    assert refused.value.code == code
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        pytest.param(None, "a message is", id="null"),
        pytest.param([], "a message is", id="array"),
        pytest.param({}, "a message is", id="no-type"),
        pytest.param({"type": "shout", "text": "x"}, "a message is", id="unknown-type"),
        pytest.param({"type": ["say"], "text": "x"}, "a message is", id="type-no-string"),
        pytest.param({"type": "say"}, "a message is", id="no-text"),
        pytest.param({"type": "say", "text": 1}, "a message is", id="text-no-string"),
        pytest.param({"type": "ping", "number": 1.5}, "a message is", id="number-no-integer"),
        pytest.param({"type": "say", "text": " \n "}, "a text has", id="text-empty"),
        pytest.param({"type": "say", "text": "x" * (MAX_TEXT + 1)}, "a text has", id="text-long"),
        pytest.param({"type": "say", "text": "a\x1b[2J"}, "a text has", id="text-control"),
        pytest.param({"type": "say", "text": "a\ud800"}, "a text has", id="text-surrogate"),
        pytest.param({"type": "join", "name": ""}, "a name has", id="name-empty"),
        pytest.param({"type": "join", "name": "x" * (MAX_NAME + 1)}, "a name has", id="name-long"),
        pytest.param({"type": "rename", "name": "a\x00b"}, "a name has", id="name-control"),
    ],
)
def test_a_message_of_another_shape_is_refused(message: object, reason: str) -> None:
    with pytest.raises(CloseError) as refused:
        parse(json.dumps(message))
    assert refused.value.code == 1008
    assert refused.value.reason.startswith(reason)
    assert len(refused.value.reason.encode()) <= 123


def test_what_the_server_says_is_compact_json() -> None:
    assert encode("said", text="é", serial=1) == '{"type":"said","text":"é","serial":1}'
