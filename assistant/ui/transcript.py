"""The talk as messages of a `gr.Chatbot`, the patient's words made harmless."""

import re
from html import escape
from typing import Any

from assistant.records.dialogue import Consultation, Reply
from assistant.records.finding import Origin
from assistant.records.marks import Spans, pieces
from assistant.ui.pictures import picture
from assistant.ui.quoting import joined, place
from assistant.ui.wording import Wording

ChatMessage = dict[str, Any]  # role and content: the shape that gr.Chatbot takes

_NOT_PLAIN = re.compile(r"[^\w\s]|_", re.ASCII)
_MARKDOWN = re.compile(r"\*\*|^- ", re.MULTILINE)


def plain(text: str) -> str:
    """Return `text` so that Markdown and HTML show it letter for letter.

    Every mark becomes a numeric character reference: neither language reads anything into those.

    >>> plain("<b> *2*")
    '&#60;b&#62; &#42;2&#42;'
    """
    return _unindented(_inert(text))


def marked(text: str, spans: Spans) -> str:
    """Return `text` as `plain` does, with the spans lightly marked.

    >>> marked("a <dry> cough", ((8, 13),))
    'a &#60;dry&#62; <mark>cough</mark>'
    """
    parts = pieces(text, spans)
    return _unindented("".join(f"<mark>{_inert(p)}</mark>" if m else _inert(p) for p, m in parts))


def _inert(text: str) -> str:
    return _NOT_PLAIN.sub(lambda m: m[0] if ord(m[0]) > 127 else f"&#{ord(m[0])};", text)


def _unindented(text: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", text.strip())  # no indented code


def unmarked(text: str) -> str:
    """Return a message without its Markdown, as a screen reader should say it."""
    return _MARKDOWN.sub("", text)


def transcript(reply: Reply, wording: Wording) -> list[ChatMessage]:
    """Return the whole talk, a message for a message; the question put folds out its reason."""
    messages = reply.consultation.messages
    heading = wording.texts.say("why", reply.consultation.profile.language)
    asked = len(messages) - 1 if reply.question is not None else None
    figures = _figures(reply.consultation, wording)
    return [
        said(message.text, _understood_in(message.text, message.turn, reply.consultation))
        if message.role == "patient"
        else spoken(message.text, heading, reply.why if i == asked else "", figures.get(i, ""))
        for i, message in enumerate(messages)
    ]


def _figures(consultation: Consultation, wording: Wording) -> dict[int, str]:
    """Return the pictures of the talk as HTML, each by the place of the first answer to it."""
    kept, found = {seen.turn: seen for seen in consultation.readings}, {}
    for i, message in enumerate(consultation.messages[:-1]):
        seen = kept.get(message.picture) if message.picture is not None else None
        if seen is not None:
            view = picture(seen, consultation, wording)
            language = consultation.profile.language
            found[i + 1] = wording.render("seen.html", language, seen=view).strip()
    return found


def spoken(text: str, heading: str = "", reason: str = "", figure: str = "") -> ChatMessage:
    """Return the assistant's words as a message.

    A picture comes after them, and a fold-out where there is a reason.
    """
    fold_out = (
        f"\n\n<details><summary>{escape(heading)}</summary><p>{escape(reason)}</p></details>"
        if reason
        else ""
    )
    picture = f"\n\n{figure}" if figure else ""
    return {"role": "assistant", "content": text + picture + fold_out}


def said(text: str, spans: Spans = ()) -> ChatMessage:
    """Return the patient's words as a message, those that were understood marked."""
    return {"role": "user", "content": marked(text, spans)}


def _understood_in(text: str, turn: int, consultation: Consultation) -> Spans:
    """Return where the words of the findings of one message stand in it."""
    told = [f for f in consultation.findings if f.turn == turn and f.origin is Origin.SAID]
    return joined(span for f in told if (span := place(f, text)) is not None)
