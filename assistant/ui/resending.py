"""Taking an act again that the page could not bring to the server while that was away.

Gradio takes no events after a lost connection until the page is loaded anew. What was sent last
comes here instead, with its key, before that; the page then shows the reply when it resumes.
"""

from fastapi import APIRouter, Request, Response
from pydantic_core import from_json

from assistant.ui.attending import Attendant
from assistant.ui.guarding import PRIVATE, is_foreign

_MOST_BYTES = 400_000  # a message of the longest kind in JSON


def resend_route(attendant: Attendant) -> APIRouter:
    """Return the route; other sites cannot use it, and it answers without any words."""
    router = APIRouter(include_in_schema=False)

    @router.post("/chat/act")
    async def act(request: Request) -> Response:
        if is_foreign(request):
            return Response(status_code=403, headers=PRIVATE)
        body = await request.body()
        if len(body) > _MOST_BYTES:
            return Response(status_code=413, headers=PRIVATE)
        try:
            sent = from_json(body)
        except ValueError:
            return Response(status_code=400, headers=PRIVATE)
        address = request.client.host if request.client else "unknown"
        async for view in attendant.attend(sent, address):
            failed = bool(view.signal.get("error"))
        return Response(status_code=409 if failed else 204, headers=PRIVATE)

    return router
