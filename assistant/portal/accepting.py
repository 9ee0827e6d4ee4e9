"""Which form of a report a client wants: the Accept header (RFC 9110, section 12.5.1)."""

from assistant.errors import AssistantError

OFFERED = ("application/json", "text/html", "text/plain")


class NotAcceptableError(AssistantError):
    """None of the forms that are offered is wanted."""

    def __init__(self) -> None:
        super().__init__(f"This report is offered as {', '.join(OFFERED)}: ask for one of them.")


def preferred(accept: str | None) -> str:
    """Return the offered media type that `accept` wants most; JSON where it does not say.

    Raises NotAcceptableError where it wants none of them.

    >>> preferred("text/html,application/xhtml+xml,*/*;q=0.8")
    'text/html'
    """
    ranges = [_read(part) for part in (accept or "*/*").split(",")]
    weights = {offer: _weight(offer, ranges) for offer in OFFERED}
    best = max(OFFERED, key=lambda offer: weights[offer])  # the first of equals
    if weights[best] <= 0:
        raise NotAcceptableError
    return best


def _read(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            weight = float(value) if value.replace(".", "", 1).isdecimal() else 0.0
    return name, weight


def _weight(offer: str, ranges: list[tuple[str, float]]) -> float:
    """Return the weight of the most specific range that covers `offer`."""
    given = dict(ranges)
    main = offer.partition("/")[0]
    return next((given[r] for r in (offer, f"{main}/*", "*/*") if r in given), 0.0)
