"""What is agreed for which offers, and that others read the answer so."""

import pytest

from tests.websocket.compressing import OFFERS, agree
from wsgate.websocket.deflate_negotiation import Agreement, DeflateSettings, negotiate
from wsgate.websocket.headers import parse_extensions

SETTINGS = DeflateSettings()


def answer_to(offers: str, settings: DeflateSettings = SETTINGS) -> str | None:
    """The answer's parameters, None where every offer is declined."""
    result = negotiate(parse_extensions([offers.encode()]), settings)
    if result is None:
        return None
    text, _ = result
    name, _, parameters = text.partition("; ")
    assert name == "permessage-deflate"
    return parameters


SERVER = "server_max_window_bits"
CLIENT = "client_max_window_bits"
NO_SERVER = "server_no_context_takeover"
NO_CLIENT = "client_no_context_takeover"


@pytest.mark.parametrize(
    "parameters",
    [
        *(
            pytest.param(f"{name}={bits}", id=f"D01-{name[:6]}-{bits}")
            for name in (SERVER, CLIENT)
            for bits in ("0", "7", "16", "09", "012", "+9", "1e1", "9.0", "-9", "115", "x")
        ),
        pytest.param(f"{SERVER}", id="D01-server-none"),
        pytest.param(f"{NO_SERVER}; {NO_SERVER}", id="D02"),
        pytest.param(f"{NO_CLIENT}; {NO_CLIENT}", id="D02-client"),
        pytest.param(f"{SERVER}=10; {SERVER}=10", id="D02-bits"),
        pytest.param(f"{CLIENT}; {CLIENT}=10", id="D02-two-forms"),
        pytest.param("level=1", id="D03"),
        pytest.param("mux", id="D03-no-value"),
        pytest.param(NO_SERVER.upper(), id="D03-case"),
        pytest.param(f"{CLIENT}; {NO_SERVER}s", id="D03-beside-known"),
        pytest.param(f"{NO_SERVER}=1", id="D04"),
        pytest.param(f"{NO_CLIENT}=1", id="D04-client"),
        pytest.param(f"{NO_CLIENT}=true", id="D04-true"),
        pytest.param(f"{SERVER}=8", id="D17"),
        pytest.param(f'{SERVER}="8"; {CLIENT}', id="D17-beside-known"),
    ],
)
def test_declined(parameters: str) -> None:
    offer = f"permessage-deflate; {parameters}"
    assert answer_to(offer) is None
    assert answer_to(f"{offer}, {offer}") is None
    good = f"permessage-deflate; {NO_SERVER}"
    accepted = f"{NO_SERVER}; {SERVER}=12"
    assert answer_to(f"{offer}, {good}") == accepted, "D05"
    assert answer_to(f"{offer}, x-other, {offer}, {good}, permessage-deflate") == accepted, "D05"
    assert answer_to(f"{good}, {offer}") == accepted


@pytest.mark.parametrize(
    "offers", ["x-webkit-deflate-frame", "permessage-bzip2, Permessage-Deflate"]
)
def test_another_extension(offers: str) -> None:
    assert answer_to(offers) is None


def test_no_offer() -> None:
    assert negotiate([], SETTINGS) is None


@pytest.mark.parametrize(
    ("offers", "parameters"),
    [
        pytest.param("", f"{SERVER}=12", id="D07-safari"),
        pytest.param(CLIENT, f"{SERVER}=12; {CLIENT}=12", id="chromium-firefox"),
        pytest.param(f"{SERVER}=10", f"{SERVER}=10", id="D06"),
        pytest.param(f'{SERVER}="10"', f"{SERVER}=10", id="D06-quoted"),
        pytest.param(f"{SERVER}=9", f"{SERVER}=9", id="D06-autobahn-13.3"),
        pytest.param(f"{SERVER}=15", f"{SERVER}=12", id="D06-autobahn-13.4"),
        pytest.param(NO_SERVER, f"{NO_SERVER}; {SERVER}=12", id="autobahn-13.2"),
        pytest.param(
            f"{NO_SERVER}; {SERVER}=9", f"{NO_SERVER}; {SERVER}=9", id="D06-autobahn-13.5"
        ),
        pytest.param(NO_CLIENT, f"{NO_CLIENT}; {SERVER}=12", id="D07-no-takeover"),
        pytest.param(f"{CLIENT}=8", f"{SERVER}=12; {CLIENT}=8", id="D17-client"),
        pytest.param(f"{CLIENT}=10", f"{SERVER}=12; {CLIENT}=10", id="client-10"),
        pytest.param(f'{CLIENT}="15"', f"{SERVER}=12; {CLIENT}=12", id="client-15-quoted"),
        pytest.param(
            f"{CLIENT}; {SERVER}=11; {NO_CLIENT}; {NO_SERVER}",
            f"{NO_SERVER}; {NO_CLIENT}; {SERVER}=11; {CLIENT}=12",
            id="all-in-another-order",
        ),
    ],
)
def test_accepted(offers: str, parameters: str) -> None:
    offer = "; ".join(["permessage-deflate", *([offers] if offers else [])])
    assert answer_to(offer) == parameters
    assert answer_to(f"x-other; a=1, {offer}, permessage-deflate; {NO_SERVER}") == parameters


@pytest.mark.parametrize(
    ("settings", "parameters"),
    [
        (DeflateSettings(takeover=False), f"{NO_SERVER}; {NO_CLIENT}; {SERVER}=12; {CLIENT}=12"),
        (DeflateSettings(server_window_bits=15), f"{SERVER}=15; {CLIENT}=12"),
        (DeflateSettings(client_window_bits=15), f"{SERVER}=12"),
        (DeflateSettings(client_window_bits=8), f"{SERVER}=12; {CLIENT}=8"),
    ],
)
def test_settings(settings: DeflateSettings, parameters: str) -> None:
    assert answer_to(f"permessage-deflate; {CLIENT}", settings) == parameters


def test_D07_a_client_that_offers_no_window_may_use_the_largest() -> None:
    result = negotiate(parse_extensions([b"permessage-deflate"]), SETTINGS)
    assert result is not None
    _, agreement = result
    assert agreement == Agreement(
        server_takeover=True, client_takeover=True, server_window_bits=12, client_window_bits=15
    )


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", [9, 12, 15])
def test_a_client_reads_the_answer_alike(takeover: bool, bits: int) -> None:
    settings = DeflateSettings(server_window_bits=bits, client_window_bits=bits, takeover=takeover)
    for offer in OFFERS:
        agreement, peer = agree(offer, settings)
        assert peer.remote_no_context_takeover == (not agreement.server_takeover), offer
        assert peer.local_no_context_takeover == (not agreement.client_takeover), offer
        assert peer.remote_max_window_bits == agreement.server_window_bits, offer
        assert peer.local_max_window_bits == agreement.client_window_bits, offer
