"""The model cards as pages: what each model is for, on what it was made, and where it fails."""

from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from assistant.records.terms import Language
from assistant.ui.guarding import PRIVATE
from assistant.ui.markdown import to_html
from assistant.ui.wording import Wording


@cache
def cards(models: Path) -> dict[str, Path]:
    """Return each model's card by the name of its folder: only these can be asked for."""
    return {file.parent.name: file for file in sorted(models.rglob("README.md"))}


def card_routes(wording: Wording) -> APIRouter:
    """Return the route of the cards below `chat/models/`."""
    router = APIRouter(include_in_schema=False)
    known = cards(wording.settings.knowledge_dir / "models")

    @router.get("/chat/models/{name}")
    def card(name: str, language: Annotated[Language, Query()] = Language.ENGLISH) -> Response:
        file = known.get(name)
        title = name if file else wording.texts.say("card_gone", language)
        text = file.read_text(encoding="utf-8") if file else title
        page = wording.render("card.html", language, title=title, body=to_html(text))
        return HTMLResponse(page, status_code=200 if file else 404, headers=PRIVATE)

    return router
