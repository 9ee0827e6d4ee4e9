"""Calls from several sessions made one: whoever comes first takes along all who wait."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Given = TypeVar("Given")
Gives = TypeVar("Gives")


class _Call(Generic[Given, Gives]):
    """What one thread wants, and what became of it."""

    __slots__ = ("done", "error", "gives", "items")

    def __init__(self, items: Sequence[Given]) -> None:
        self.items = items
        self.done = Event()
        self.gives: list[Gives] = []
        self.error: Exception | None = None


class Combiner(Generic[Given, Gives]):
    """Runs `work` on the items of all waiting calls at once; nobody waits for company.

    While one batch is computed, new calls queue up; they are the next batch. So a lone session has
    no delay, and many share the cost of a pass through the weights.
    """

    def __init__(self, work: Callable[[Sequence[Given]], list[Gives]], most: int = 256) -> None:
        """`most`: items in one batch."""
        self._work, self._most = work, most
        self._waiting: deque[_Call[Given, Gives]] = deque()
        self._running = Lock()

    def __call__(self, items: Sequence[Given]) -> list[Gives]:
        """Return what `work` gives for `items`, in their order; raises what `work` raises."""
        call: _Call[Given, Gives] = _Call(items)
        self._waiting.append(call)
        with self._running:
            while not call.done.is_set():
                self._next()
        if call.error is not None:
            raise call.error
        return call.gives

    def _next(self) -> None:
        """Work on the calls that wait, oldest first."""
        calls = [self._waiting.popleft()]
        size = len(calls[0].items)
        while self._waiting and size + len(self._waiting[0].items) <= self._most:
            calls.append(self._waiting.popleft())
            size += len(calls[-1].items)
        try:
            given = self._work([item for call in calls for item in call.items])
            for call in calls:
                call.gives, given = given[: len(call.items)], given[len(call.items) :]
        except Exception as error:
            if len(calls) == 1:
                calls[0].error = error
            else:  # one bad text must not fail the others: each alone
                for call in calls:
                    self._alone(call)
        for call in calls:
            call.done.set()

    def _alone(self, call: _Call[Given, Gives]) -> None:
        try:
            call.gives = self._work(call.items)
        except Exception as error:
            call.error = error
