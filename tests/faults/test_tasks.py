"""Applications that cancel what they began, or begin much at once."""

from __future__ import annotations

from tests.client import CLOSE
from tests.e2e.apps.tasks import LARGE, MESSAGES, SENT, TASKS
from tests.faults.impatient import Impatient

GROUP = 50


def test_R34_a_cancelled_receive_loses_no_message(impatient: Impatient) -> None:
    """Those that wait for the client are cancelled, also in the moment in which it comes."""
    with impatient.connect() as client:
        client.open_websocket("/hasty")
        cancelled = 0
        while not cancelled:
            for _ in range(GROUP):
                texts = [str(number) for number in range(GROUP)]
                for text in texts:
                    client.send_text(text)
                assert [client.read_text() for _ in texts] == texts
            client.send_text("cancelled?")
            cancelled = int(client.read_text())


def test_R34_a_cancelled_send_leaves_no_half_of_a_frame(impatient: Impatient) -> None:
    """Nothing is read until all of them have ended."""
    sent = impatient.process.log.count("/leaving: all sent")
    with impatient.connect(receive_buffer=4096) as client:
        client.open_websocket("/leaving")
        impatient.process.wait_for_times(sent + 1, "/leaving: all sent")
        for number in range(SENT):
            assert client.read_frame().payload == number.to_bytes(2, "big") * (LARGE // 2)
        assert int(client.read_text()) > 0
        assert client.read_frame().opcode == CLOSE


def test_R35_frames_of_many_tasks(impatient: Impatient) -> None:
    with impatient.connect() as client:
        client.open_websocket("/speaking")
        heard: dict[int, list[int]] = {task: [] for task in range(TASKS)}
        for _ in range(TASKS * MESSAGES):
            task, number, *rest = client.read_frame().payload
            assert bytes(rest) == bytes([task]) * (37 * task)
            heard[task].append(number)
        assert heard == {task: list(range(MESSAGES)) for task in range(TASKS)}
        assert client.read_frame().opcode == CLOSE
