"""The script that runs in the browser's sound thread: it must have an address of its own."""

from pathlib import Path

from fastapi import APIRouter, Response

_SCRIPT = Path(__file__).parent / "static" / "microphone.js"


def microphone_route() -> APIRouter:
    """Return the route of the script."""
    router = APIRouter(include_in_schema=False)

    @router.get("/chat/microphone.js")
    async def script() -> Response:
        return Response(_SCRIPT.read_bytes(), media_type="text/javascript")

    return router
