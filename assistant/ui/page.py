"""The page as Gradio Blocks: a chatbot for the talk, and our own HTML for everything around it.

    browser ──act──▶ bridge ──Attendant──▶ views ──▶ chatbot, banner, case, dock, signal ──▶ browser

There is one event. The script in `static/` sends every act through the bridge and takes the signal
that comes back; the server keeps no state of the page.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.ui.attending import Attendant
from assistant.ui.showing import View
from assistant.ui.wording import Wording

_STATIC = Path(__file__).parent / "static"
_STYLES = (
    "tokens.css",
    "frame.css",
    "start.css",
    "talk.css",
    "case.css",
    "listen.css",
    "picture.css",
)
_SCRIPTS = (
    "state.js", "words.js", "acts.js", "start.js", "talk.js", "listen.js", "voice.js",
    "soundfile.js", "crop.js", "picture.js", "seen.js", "boot.js",
)  # fmt: skip
_FONTS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "sans-serif",
)


def head() -> str:
    """Return what goes into the document's head: our styles, inline, so that nothing is fetched."""
    styles = ((_STATIC / name).read_text(encoding="utf-8") for name in _STYLES)
    return "".join(f"<style>{rules}</style>" for rules in styles)


def theme() -> Any:
    """Return a theme of system fonts only; the colours are in `static/tokens.css`."""
    return gr.themes.Base(font=list(_FONTS), font_mono=["ui-monospace", "monospace"])


def build_page(attendant: Attendant, wording: Wording, settings: Settings) -> Any:
    """Return the Blocks of the chat."""
    language = Language(settings.language)
    with gr.Blocks(
        title=wording.texts.say("title", language, product=settings.product_name),
        analytics_enabled=False,
        delete_cache=(300, 900),
        fill_height=True,
    ) as page:
        with gr.Column(elem_id="an-shell"):
            _static("head.html", "an-head-slot", wording, language)
            _static("start.html", "an-start-slot", wording, language, **_countries(wording))
            banner = _slot("an-banner-slot")
            with gr.Column(elem_id="an-talk"):
                chatbot = _chatbot(wording, language)
                dock = _slot("an-dock-slot")
                _static("composer.html", "an-composer-slot", wording, language)
            case = _slot("an-case-slot")
            bridge = _bridge(wording, settings)
        outputs = [chatbot, banner, case, dock, bridge]

        async def on_act(
            event: gr.EventData, request: gr.Request
        ) -> AsyncIterator[tuple[Any, ...]]:
            address = request.client.host if request.client else "unknown"
            async for view in attendant.attend(event._data, address):
                yield _values(view)

        bridge.act(
            on_act,
            inputs=None,
            outputs=outputs,
            api_visibility="private",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_limit=settings.workers * 16,
        )
    return page.queue(
        default_concurrency_limit=settings.workers,
        max_size=settings.workers * 64,
        api_open=False,
    )


def _values(view: View) -> tuple[Any, ...]:
    parts = (view.transcript, view.banner, view.case, view.dock, view.signal)
    return tuple(gr.skip() if part is None else part for part in parts)


def _chatbot(wording: Wording, language: Language) -> Any:
    return gr.Chatbot(
        elem_id="an-chat",
        label=wording.texts.say("talk", language),
        show_label=False,
        container=False,
        allow_tags=False,
        sanitize_html=True,
        latex_delimiters=[],
        buttons=[],
        feedback_options=None,
        autoscroll=False,
        group_consecutive_messages=False,
        height="100%",
        layout="bubble",
    )


def _slot(elem_id: str, html: str = "") -> Any:
    """Return a part of the page whose HTML comes from our templates."""
    return gr.HTML(html, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _static(template: str, elem_id: str, wording: Wording, language: Language, **more: Any) -> None:
    more |= {
        "pictures": wording.settings.imaging,
        "picture_bytes": wording.settings.max_picture_bytes,
    }
    _slot(elem_id, wording.render(template, language, **more))


def _countries(wording: Wording) -> dict[str, Any]:
    """Return the countries by name, "elsewhere" last, and the number of the operator's own."""
    listed = [
        {"code": code, "number": c.ambulance, "en": c.name.en, "zh": c.name.zh}
        for code, c in wording.knowledge.bundle.countries.items()
    ]
    listed.sort(key=lambda c: (c["code"] == "XX", c["en"]))
    return {"countries": listed, "number": wording.ambulance(wording.settings.country)}


def _bridge(wording: Wording, settings: Settings) -> Any:
    """Return the invisible component through which the browser and the server talk."""
    script = "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return gr.HTML(
        value={},
        html_template="<i hidden></i>",
        js_on_load=script,  # it says trigger('act', …)
        apply_default_css=False,
        elem_id="an-bridge",
        texts=wording.texts.catalogue(),
        first_language=settings.language,
        product=settings.product_name,
        voice=settings.voice,
        speech=settings.speech,
        recording_bytes=settings.max_recording_bytes,
        recording_seconds=settings.max_recording_seconds,
        limit=settings.max_text_characters,
        days=settings.retention_days,
        pictures=settings.imaging,
        picture_bytes=settings.max_picture_bytes,
    )
