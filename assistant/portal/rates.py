"""How often one address may ask: token buckets in memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

_MOST_ADDRESSES = 10_000


class RateLimit:
    """A bucket of tokens for each address: `per_minute` at once, refilled evenly.

    Holds at most 10 000 addresses; the one that asked longest ago is forgotten first.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._rate = per_minute / 60.0  # tokens a second
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, when
        self._guard = threading.Lock()

    def take(self, address: str) -> float:
        """Take a token for an address: 0.0, or the seconds until there is one again."""
        name, now = _network(address), self._clock()
        with self._guard:
            tokens, when = self._buckets.pop(name, (self._capacity, now))
            tokens = min(self._capacity, tokens + (now - when) * self._rate)
            allowed = tokens >= 1.0
            self._buckets[name] = (tokens - 1.0 if allowed else tokens, now)
            while len(self._buckets) > _MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - tokens) / self._rate


def _network(address: str) -> str:
    """Return what one user can hardly change: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.exploded[:19])
    return str(parsed)
