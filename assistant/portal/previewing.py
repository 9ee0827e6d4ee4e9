"""Looking at a picture before it is sent: its slices, its brightness, and whether it can be read.

    file ──open──▶ tray ──frame, window──▶ WebP to look at
                    └──────as arranged───▶ the picture of a turn

A file that cannot be used is refused here, in the language of the consultation, before anything of
the consultation changes. `docs/pictures.md` describes the addresses.
"""

import threading
from io import BytesIO
from typing import Annotated, cast

import anyio
from fastapi import APIRouter, Depends, Path, Query
from PIL import Image
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from assistant.imaging.reading import Limits, PictureError, Series, open_series
from assistant.portal.guards import API
from assistant.portal.pictures import room
from assistant.portal.problems import Problem, of_picture, responses
from assistant.portal.tray import Tray
from assistant.records.picture import Picture
from assistant.records.terms import Language
from assistant.service import ConsultationService

_SHOWN = 1024  # pixels of the longer side of what is looked at
_QUALITY = 90
_NUMBER = 1e9  # no window lies beyond

Id = Annotated[str, Path(description="Of the consultation.", max_length=64)]
Token = Annotated[str, Path(description="What opening the picture gave.", max_length=64)]


class PresetView(BaseModel):
    """A window that is offered, by name."""

    id: str
    name: str
    centre: float
    width: float


class PreviewView(BaseModel):
    """An opened file: what can be chosen in it before it is sent."""

    token: str
    format: str
    frames: int
    start: int = Field(description="The frame to show first.")
    window: tuple[float, float] | None = Field(
        description="Centre and width; null: brightness cannot be chosen."
    )
    span: tuple[float, float] | None = Field(description="Least and greatest value.")
    presets: list[PresetView]
    notes: list[str] = Field(description="What to know about the file, in words.")


class Previews:
    """Opens files and shows their frames; as many at a time as the settings allow looks."""

    def __init__(self, service: ConsultationService, tray: Tray, limits: Limits, seats: int):
        self._service, self._tray, self._limits = service, tray, limits
        self._seats = threading.BoundedSemaphore(seats + 1)

    def open(self, consultation: str, data: bytes, name: str) -> PreviewView | Problem:
        """Open a file for a consultation and keep it on the tray."""
        language = self._service.get(consultation).profile.language
        try:
            with self._seats:
                series = open_series(data, name, self._limits)
        except PictureError as error:
            return of_picture(error, language)
        return self._view(self._tray.put(consultation, series), series, language)

    def frame(
        self, consultation: str, token: str, index: int | None, window: tuple[float, float] | None
    ) -> Response:
        """Return one frame as WebP."""
        language = self._service.get(consultation).profile.language
        series = self._tray.get(consultation, token)
        try:
            with self._seats:
                picture = series.frame(index, window)
        except PictureError as error:
            return of_picture(error, language)
        return Response(_webp(picture), media_type="image/webp")

    def drop(self, consultation: str, token: str) -> None:
        """Forget a file that is not to be sent."""
        self._tray.drop(consultation, token)

    def _view(self, token: str, series: Series, language: Language) -> PreviewView:
        say = self._service.assistant.voice.speaker.phrasing.say
        presets = [
            PresetView(
                id=preset.id,
                name=say(f"picture.window.{preset.id}", language),
                centre=preset.window[0],
                width=preset.window[1],
            )
            for preset in series.presets
        ]
        return PreviewView(
            token=token,
            format=series.format,
            frames=series.frames,
            start=series.start,
            window=series.window,
            span=series.span,
            presets=presets,
            notes=[say(f"picture.notes.{note}", language) for note in series.notes],
        )


def _webp(picture: Picture) -> bytes:
    image, written = Image.fromarray(picture.pixels), BytesIO()
    image.thumbnail((_SHOWN, _SHOWN), Image.Resampling.LANCZOS)
    image.save(written, "WEBP", quality=_QUALITY, method=2)
    return written.getvalue()


async def _previews(request: Request) -> Previews:
    return cast(Previews, request.app.state.previews)


Door = Annotated[Previews, Depends(_previews)]
router = APIRouter(prefix=API, tags=["pictures"])
_FILE = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
}
_SHOWN_FRAME = {"content": {"image/webp": {}}, "description": "The frame, at most 1024 pixels."}


@router.post(
    "/consultations/{consultation_id}/previews",
    status_code=201,
    response_model=PreviewView,
    summary="Open a picture to look at",
    responses=responses(400, 404, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": {"required": True, **_FILE}},
)
async def open_preview(
    consultation_id: Id,
    request: Request,
    door: Door,
    name: Annotated[str, Query(max_length=200, description="The file's name.")] = "",
) -> PreviewView | Response:
    """Open a file, before it is sent: its frames and windows, or why it cannot be used."""
    async with room():
        data = await request.body()
        return await anyio.to_thread.run_sync(door.open, consultation_id, data, name)


@router.get(
    "/consultations/{consultation_id}/previews/{token}",
    response_class=Response,
    summary="Look at a frame",
    responses={200: _SHOWN_FRAME, **responses(404, 422, 429, 503)},
)
def get_preview(
    consultation_id: Id,
    token: Token,
    door: Door,
    frame: Annotated[int | None, Query(ge=0, description="From 0; default: the middle.")] = None,
    centre: Annotated[float | None, Query(ge=-_NUMBER, le=_NUMBER)] = None,
    width: Annotated[float | None, Query(gt=0, le=_NUMBER)] = None,
) -> Response:
    """Return one frame of an opened file, in a window where both its numbers are given."""
    window = None if centre is None or width is None else (centre, width)
    return door.frame(consultation_id, token, frame, window)


@router.delete(
    "/consultations/{consultation_id}/previews/{token}",
    status_code=204,
    summary="Forget an opened picture",
    responses=responses(422, 429),
)
def forget_preview(consultation_id: Id, token: Token, door: Door) -> None:
    """Drop an opened file that is not to be sent; otherwise it is dropped in 15 minutes."""
    door.drop(consultation_id, token)
