"""The room: who is here, what was said, and how everybody learns of it."""

import asyncio
import itertools
import secrets
import time
from collections import deque

from wsgate.demo.messages import CloseError, encode

HISTORY = 50  # messages that a newcomer is shown
MAX_MEMBERS = 200
OUTBOX = 128  # messages that may wait for one member


class Member:
    """Somebody in the room.

    What is posted waits in ``outbox``, so that telling the room never waits for one member.
    ``overflow`` is done once a member reads so slowly that its outbox is full.
    """

    __slots__ = ("ident", "name", "outbox", "overflow")

    def __init__(self, ident: int, name: str) -> None:
        self.ident = ident
        self.name = name
        self.outbox: asyncio.Queue[str] = asyncio.Queue(OUTBOX)
        self.overflow: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def post(self, text: str) -> None:
        """Queue ``text`` for the member; never waits."""
        if not self.outbox.full():
            self.outbox.put_nowait(text)
        elif not self.overflow.done():
            self.overflow.set_result(None)


class Room:
    """Everybody who is here and the last messages, in the memory of one process.

    ``ident`` tells a page that reconnects whether this is still the room that it knew.
    """

    def __init__(self) -> None:
        self.ident = secrets.token_hex(8)
        self._members: dict[int, Member] = {}
        self._history: deque[dict[str, object]] = deque(maxlen=HISTORY)
        self._member_idents = itertools.count(1)
        self._serials = itertools.count(1)

    def enter(self, name: str) -> Member:
        """Let somebody in, who is told of the room first; raises ``CloseError`` when it is full."""
        if len(self._members) >= MAX_MEMBERS:
            raise CloseError(1013, "the room is full")
        member = Member(next(self._member_idents), self._free_name(name))
        self._tell("joined", id=member.ident, name=member.name)
        self._members[member.ident] = member
        member.post(
            encode(
                "welcome",
                id=member.ident,
                room=self.ident,
                members=[
                    {"id": other.ident, "name": other.name} for other in self._members.values()
                ],
                history=list(self._history),
            )
        )
        return member

    def leave(self, member: Member) -> None:
        """Let a member go."""
        del self._members[member.ident]
        self._tell("left", id=member.ident, name=member.name)

    def rename(self, member: Member, name: str) -> None:
        """Give a member the name that it asks for, or one like it that is free."""
        former, member.name = member.name, self._free_name(name, member)
        if member.name != former:
            self._tell("renamed", id=member.ident, name=member.name, former=former)

    def say(self, member: Member, text: str) -> None:
        """Pass a member's text on to everybody, the member too."""
        said = {
            "serial": next(self._serials),
            "id": member.ident,
            "name": member.name,
            "text": text,
            "at": time.time_ns() // 1_000_000,  # Unix time in milliseconds, as in JavaScript
        }
        self._history.append(said)
        self._tell("said", **said)

    def _tell(self, kind: str, **fields: object) -> None:
        # One str for all: a server can frame the same object once.
        text = encode(kind, **fields)
        for member in self._members.values():
            member.post(text)

    def _free_name(self, wished: str, seeker: Member | None = None) -> str:
        others = (member for member in self._members.values() if member is not seeker)
        taken = {member.name.casefold() for member in others}
        names = itertools.chain([wished], (f"{wished} {n}" for n in itertools.count(2)))
        return next(name for name in names if name.casefold() not in taken)
