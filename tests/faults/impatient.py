"""A server that waits for nobody, and its peers."""

from __future__ import annotations

import re

from tests.client import PING, PONG, Client, Frame
from tests.e2e.command import Served

SETTINGS = """
timeout_request_body = 0.2
timeout_write = 0.2
access_log = true

[[route]]
path = "/silent"
timeout_accept = 0.2

[[route]]
path = "/sleepy"
timeout_accept = 0.2

[[route]]
path = "/denying"
timeout_accept = 0.2

[[route]]
path = "/idle"
ws_idle_timeout = 0.2
ws_ping_interval = 0.1
ws_ping_timeout = 3600

[[route]]
path = "/dead"
ws_ping_interval = 0.1
ws_ping_timeout = 0.1

[[route]]
path = "/pouring"
ws_ping_interval = 0.1
ws_ping_timeout = 0.1

[[route]]
path = "/stuck"
ws_close_timeout = 0.2

[[route]]
path = "/greedy"
ws_write_timeout = 0.2

[[route]]
path = "/room/stalled"
ws_write_timeout = 0.2

[[route]]
path = "/messages"
ws_message_rate = 20
ws_rate_timeout = 0.3

[[route]]
path = "/bytes"
ws_byte_rate = 400
ws_rate_timeout = 0.3

[[route]]
path = "/pings"
ws_control_rate = 20
ws_rate_timeout = 0.3

[[route]]
path = "/throttled"
ws_message_rate = 1000
ws_rate_timeout = 0

[[route]]
path = "/held"
ws_message_rate = 0.01
ws_rate_timeout = 0
ws_ping_interval = 0.1
ws_ping_timeout = 0.1

[[route]]
path = "/deaf"
ws_ping_interval = 0.1
ws_ping_timeout = 3.0
ws_max_queue = 1000000
ws_max_buffer = "8 MiB"

[[route]]
path = "/blocking"
ws_ping_interval = 0.1
ws_ping_timeout = 5.0

[[route]]
path = "/patient"
ws_ping_interval = 0.1
ws_ping_timeout = 60
"""
"""Where peers that are well are looked at, no time-out is short: the machine may be busy."""


class Impatient(Served):
    """The running command."""

    def go(self) -> None:
        """Open the gate of the application."""
        with self.connect() as client:
            assert client.request("GET", "/go").status == 200

    def some_time_passes(self) -> None:
        """Let deadlines come that were set before."""
        for _ in range(3):
            with self.connect() as client:
                client.send(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nbegun")
                assert client.read_response().status == 408

    def wait_for(self, line: str) -> None:
        """Wait for a line of the log."""
        self.process.wait_for(f"(?m)^(?:INFO: +)?{re.escape(line)}$")


def read_frame(client: Client) -> Frame:
    """The next frame that is no ping; pings are answered."""
    while (frame := client.read_frame()).opcode == PING:
        client.send_frame(PONG, frame.payload)
    return frame
