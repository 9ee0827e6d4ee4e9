"""Who may speak: so many seats, a queue with positions, and no more than that."""

import threading
from collections import OrderedDict

from assistant.speech.errors import TooManySpeakersError


class Seats:
    """`most` people are listened to at a time; `waiting` more queue in the order they came."""

    def __init__(self, most: int, waiting: int) -> None:
        self._most, self._waiting = most, waiting
        self._tickets: OrderedDict[int, None] = OrderedDict()
        self._next = 0
        self._changed = threading.Condition()

    @property
    def taken(self) -> int:
        """How many people have a seat or wait for one."""
        return len(self._tickets)

    def take(self) -> int:
        """Return a ticket; raises TooManySpeakersError where even the queue is full."""
        with self._changed:
            if len(self._tickets) >= self._most + self._waiting:
                raise TooManySpeakersError
            self._next += 1
            self._tickets[self._next] = None
            return self._next

    def position(self, ticket: int) -> int:
        """Return 0 where the ticket has a seat, else its place in the queue from 1."""
        with self._changed:
            return max(0, list(self._tickets).index(ticket) - self._most + 1)

    def wait(self, ticket: int, seconds: float) -> bool:
        """Wait for a seat at most so long; return whether there is one."""
        with self._changed:
            return self._changed.wait_for(
                lambda: list(self._tickets).index(ticket) < self._most, seconds
            )

    def leave(self, ticket: int) -> None:
        """Give the ticket back; doing it twice does no harm."""
        with self._changed:
            self._tickets.pop(ticket, None)
            self._changed.notify_all()
