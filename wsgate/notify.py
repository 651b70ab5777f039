"""What a service tells systemd: datagrams to the socket that NOTIFY_SOCKET names (sd_notify(3)).

Where that is not set, and that is everywhere else, nothing is sent. Only the process that systemd
started is believed (NotifyAccess=main). A message that cannot be sent is dropped: no service should
end for that.
"""

import contextlib
import os
import socket
import time

_PATIENCE = 1.0  # seconds; systemd reads at once


def wanted() -> bool:
    """Whether anybody listens."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def ready() -> None:
    """Connections are accepted: for the first time, or again after `reloading`."""
    _send("READY=1")


def reloading() -> None:
    """The configuration is taken anew; `ready` is to follow."""
    # What Type=notify-reload demands, of the clock that systemd reads.
    _send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The end has begun."""
    _send("STOPPING=1")


def alive() -> None:
    """What the watchdog waits for, every `watchdog_interval` seconds."""
    _send("WATCHDOG=1")


def watchdog_interval() -> float | None:
    """Seconds between two signs of life: half of WATCHDOG_USEC; None where nobody waits for them.

    sd_watchdog_enabled(3).
    """
    microseconds, process = (os.environ.get(f"WATCHDOG_{name}", "") for name in ("USEC", "PID"))
    if not microseconds.isdecimal() or process not in ("", str(os.getpid())):
        return None
    return int(microseconds) / 2e6 or None


def _send(message: str) -> None:
    if not wanted():
        return
    address = os.environ["NOTIFY_SOCKET"]
    if address.startswith("@"):  # abstract, unix(7)
        address = "\0" + address[1:]
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
    ):
        sock.settimeout(_PATIENCE)
        sock.sendto(message.encode(), address)
