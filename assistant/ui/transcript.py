"""The talk as messages of a `gr.Chatbot`, the patient's words made harmless."""

import re
from typing import Any

from assistant.records.dialogue import Consultation, Reply
from assistant.ui.wording import Wording

ChatMessage = dict[str, Any]  # role, content, metadata: the shape that gr.Chatbot takes

_NOT_PLAIN = re.compile(r"[^\w\s]|_", re.ASCII)
_MARKDOWN = re.compile(r"\*\*|^- ", re.MULTILINE)


def plain(text: str) -> str:
    """Return `text` so that Markdown and HTML show it letter for letter.

    Every mark becomes a numeric character reference: neither language reads anything into those.

    >>> plain("<b> *2*")
    '&#60;b&#62; &#42;2&#42;'
    """
    inert = _NOT_PLAIN.sub(lambda m: m[0] if ord(m[0]) > 127 else f"&#{ord(m[0])};", text)
    return re.sub(r"\n[ \t]+", "\n", inert.strip())  # no indented code


def spoken(text: str) -> str:
    """Return a message without its Markdown, as a screen reader should say it."""
    return _MARKDOWN.sub("", text)


def transcript(reply: Reply, wording: Wording) -> list[ChatMessage]:
    """Return the whole talk; under each question, a fold-out says why it is asked."""
    consultation = reply.consultation
    language = consultation.profile.language
    heading = wording.texts.say("why", language)
    reasons = _reasons(consultation, wording)
    messages = consultation.messages
    if reply.question is not None and reply.why and messages:
        reasons[len(messages) - 1] = reply.why
    shown: list[ChatMessage] = []
    for i, message in enumerate(messages):
        if message.role == "patient":
            shown.append(said(message.text))
            continue
        shown.append({"role": "assistant", "content": message.text})
        if i in reasons:
            fold_out = {"title": heading, "status": "done"}
            shown.append({"role": "assistant", "content": reasons[i], "metadata": fold_out})
    return shown


def said(text: str) -> ChatMessage:
    """Return the patient's words as a message."""
    return {"role": "user", "content": plain(text)}


def _reasons(consultation: Consultation, wording: Wording) -> dict[int, str]:
    """Return, by place in the talk, why each settled question was asked."""
    language = consultation.profile.language
    reasons: dict[int, str] = {}
    for exchange in consultation.exchanges:
        if exchange.turn is None:
            continue
        asked = [
            i
            for i, message in enumerate(consultation.messages)
            if message.role == "assistant" and message.turn < exchange.turn
        ]
        if asked:
            reasons[asked[-1]] = wording.speaker.why(exchange.question, language)
    return reasons
