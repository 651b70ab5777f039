"""The chat over real websockets: the room, the rules, and every way to leave."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.demo.visitor import SUBPROTOCOLS, at_the_door, visiting
from tests.serving import TIMEOUT, Serving
from wsgate.demo import room, session
from wsgate.demo.app import app
from wsgate.demo.messages import CloseError


def test_two_visitors_meet_and_talk(chat: Serving) -> None:
    with visiting(chat, "Ada") as ada:
        welcome = ada.hear()
        assert welcome["members"] == [{"id": welcome["id"], "name": "Ada"}]
        assert welcome["history"] == []
        with visiting(chat, "Grace") as grace:
            newcomer = grace.hear()
            assert newcomer["room"] == welcome["room"]
            assert [member["name"] for member in newcomer["members"]] == ["Ada", "Grace"]
            assert ada.hear() == {"type": "joined", "id": newcomer["id"], "name": "Grace"}
            ada.tell("say", text=" hello\n<b>you</b> ")
            said = ada.hear()
            assert said == grace.hear()
            assert said.pop("at") > 1_600_000_000_000
            assert said == {
                "type": "said",
                "serial": 1,
                "id": welcome["id"],
                "name": "Ada",
                "text": "hello\n<b>you</b>",
            }
        assert ada.hear() == {"type": "left", "id": newcomer["id"], "name": "Grace"}


def test_a_newcomer_is_shown_the_last_messages(
    chat: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "BURST", room.HISTORY + 10)
    with visiting(chat, "Ada") as ada:
        for number in range(room.HISTORY + 5):
            ada.tell("say", text=f"line {number}")
            ada.hear_until("said")
        with visiting(chat, "Grace") as grace:
            texts = [said["text"] for said in grace.hear()["history"]]
    assert texts == [f"line {number}" for number in range(5, room.HISTORY + 5)]


def test_names_are_made_different(chat: Serving) -> None:
    with visiting(chat, "Ada") as first, visiting(chat, "ADA") as second:
        assert first.hear_until("joined")["name"] == "ADA 2"
        first.tell("rename", name="ada 2")
        assert first.hear()["name"] == "ada 2 2"
        first.tell("rename", name="Eve")
        renamed = first.hear()
        assert (renamed["former"], renamed["name"]) == ("ada 2 2", "Eve")
        first.tell("rename", name="Eve")  # no news for anybody
        first.tell("ping", number=1)
        assert first.hear() == {"type": "pong", "number": 1}
        assert second.hear_until("renamed")["id"] == renamed["id"]


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        (b"\x00", 1003, "text messages only"),
        ("no JSON", 1007, "a message is a JSON object"),
        ('{"type": "say", "text": ""}', 1008, "a text has 1 to 1000 characters"),
        ('{"type": "join", "name": "Again"}', 1008, "you have joined already"),
        ('"' + "x" * 20_000 + '"', 1009, "a message has at most 16384 characters"),
    ],
)
def test_who_breaks_the_rules_is_sent_away(
    chat: Serving, message: str | bytes, code: int, reason: str
) -> None:
    with visiting(chat, "Witness") as witness, visiting(chat, "Mallory") as mallory:
        mallory.connection.send(message)
        closed_with, because = mallory.hear_close()
        assert closed_with == code
        assert because.startswith(reason)
        assert witness.hear_until("left")["name"] == "Mallory"


@pytest.mark.parametrize(
    ("message", "code"),
    [(b"\x00", 1003), ("{", 1007), ('{"type": "say", "text": "hello"}', 1008)],
)
def test_a_visit_begins_with_a_join(chat: Serving, message: str | bytes, code: int) -> None:
    with at_the_door(chat) as stranger:
        stranger.connection.send(message)
        assert stranger.hear_close()[0] == code


def test_who_does_not_join_is_sent_away(chat: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "JOIN_TIMEOUT", 0.01)
    with at_the_door(chat) as stranger:
        assert stranger.hear_close() == (1008, "join first, and soon")


def test_a_full_room_asks_to_come_back_later(
    chat: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_MEMBERS", 1)
    with visiting(chat, "Ada") as ada, at_the_door(chat) as late:
        ada.hear_until("welcome")
        late.tell("join", name="Late")
        assert late.hear_close() == (1013, "the room is full")


def test_a_flood_is_ended(chat: Serving) -> None:
    with visiting(chat, "Mallory") as mallory:
        with suppress(ConnectionClosed):
            for number in range(2 * session.BURST):
                mallory.tell("ping", number=number)
        assert mallory.hear_close() == (1008, "too many messages")


def test_the_allowance_comes_back_with_time() -> None:
    allowance = session.Allowance(100.0)
    for _ in range(session.BURST):
        allowance.spend(100.0)
    allowance.spend(100.5)
    with pytest.raises(CloseError):
        allowance.spend(100.9)
    for _ in range(session.BURST):
        allowance.spend(1000.0)
    with pytest.raises(CloseError):
        allowance.spend(1000.0)


def test_a_slow_visitor_stops_nobody_and_is_told_why(
    chat: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "BURST", 100_000)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(TIMEOUT)
    sock.connect((chat.host, chat.port))
    slow_options: dict[str, Any] = {
        "sock": sock,
        "max_queue": 1,
        "ping_interval": None,
        "compression": None,
    }
    with visiting(chat, "Ada") as ada, visiting(chat, "Slow", **slow_options) as slow:
        ada.hear_until("joined")
        heard = {"type": "said"}
        for _ in range(20_000):
            if heard["type"] == "left":
                break
            ada.tell("say", text="😀" * 1000)
            heard = ada.hear()
        assert (heard["type"], heard["name"]) == ("left", "Slow")
        assert slow.hear_close() == (1013, "too slow: the messages for you pile up")


@pytest.mark.parametrize("path", ["/", "/ws/", "/healthz"])
def test_the_chat_is_nowhere_else(chat: Serving, path: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(chat.ws_url + path, subprotocols=SUBPROTOCOLS),
    ):
        pytest.fail("the handshake was accepted")
    assert refused.value.response.status_code == 404
    assert refused.value.response.body == b"the chat is at /ws"


def test_another_protocol_is_refused(chat: Serving) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(f"{chat.ws_url}/ws", subprotocols=SUBPROTOCOLS[:1]),
    ):
        pytest.fail("the handshake was accepted")
    assert refused.value.response.status_code == 400
    assert refused.value.response.body == b"offer the subprotocol wsgate.chat"


def test_a_restart_sends_everybody_away_with_1012(chat: Serving) -> None:
    with visiting(chat, "Ada") as ada, at_the_door(chat) as stranger:
        ada.hear_until("welcome")
        chat.stop()
        assert ada.hear_close()[0] == 1012
        assert stranger.hear_close()[0] == 1012


def run(scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the application what a server may say, and collect what it sends."""
    sent: list[dict[str, Any]] = []
    inbox = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(inbox)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def test_a_server_without_denial_responses_is_told_to_close() -> None:
    scope = {"type": "websocket", "path": "/ws", "subprotocols": []}
    assert run(scope, {"type": "websocket.connect"}) == [{"type": "websocket.close"}]


def test_a_client_that_left_before_the_answer_gets_none() -> None:
    scope = {"type": "websocket", "path": "/ws", "subprotocols": ["wsgate.chat"]}
    assert run(scope, {"type": "websocket.disconnect", "code": 1006}) == []


def test_an_unknown_scope_is_not_supported() -> None:
    with pytest.raises(NotImplementedError, match="telepathy"):
        run({"type": "telepathy"})
