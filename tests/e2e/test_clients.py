"""Clients that others wrote, through the same conversations, directly and behind nginx."""

import pytest

from tests.e2e.clients import CLIENTS, Client
from tests.e2e.conversations import CLOSES, CONVERSATIONS, REFUSALS, Conversation, Heard
from tests.e2e.places import Place


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    return CLIENTS[request.param]


@pytest.mark.parametrize(
    ("conversation", "heard"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys()
)
def test_conversation(
    shop: Place, client: Client, conversation: Conversation, heard: Heard
) -> None:
    assert client(shop, conversation) == heard


@pytest.mark.parametrize(("path", "status"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusal(shop: Place, client: Client, path: str, status: int) -> None:
    assert client(shop, Conversation(path)) == Heard(status=status)


@pytest.mark.parametrize("end", CLOSES.values(), ids=CLOSES.keys())
def test_the_application_learns_how_the_client_closed(
    shop: Place, client: Client, end: tuple[int, str], request: pytest.FixtureRequest
) -> None:
    name = f"client-{request.node.callspec.id}"
    conversation = Conversation(f"/ws/record/{name}", say=("hi",), close=end)
    code, reason = end
    assert client(shop, conversation) == Heard(messages=["noted: hi"], code=code)
    assert shop.fetch(f"/diary/{name}").value == {"code": code, "reason": reason}
