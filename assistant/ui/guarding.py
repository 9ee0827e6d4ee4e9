"""What the page's own routes share: who may ask, and that nothing is kept on the way."""

from fastapi import Request

PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_SAME_SITE = ("same-origin", "none", "")


def is_foreign(request: Request) -> bool:
    """Whether a page of another site sent this; old browsers do not tell."""
    return request.headers.get("sec-fetch-site", "") not in _SAME_SITE
