"""Complaints as triage desks and lists write them: "pain, chest", "Abd. pain", "HA - Headache".

Such an entry is read as the plain words it stands for; the evidence stays what was written.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from assistant.records.extraction import Extraction

LONGEST = 60  # characters; an entry of a list is short, a patient's sentence is left as it is
_SHORT_FORMS = {
    "abd": "abdominal",
    "ant": "anterior",
    "lac": "laceration",
    "inj": "injury",
    "lt": "left",
    "rt": "right",
}
_SHORT = re.compile(rf"\b({'|'.join(_SHORT_FORMS)})\b\.?", re.IGNORECASE)
_CODE = re.compile(r"\((?:finding|disorder|symptom)\)|\bNOS\b", re.IGNORECASE)
_TURNED = re.compile(r"\s*(?P<what>[A-Za-z][A-Za-z ]*?)\s*,\s*(?P<where>[A-Za-z][A-Za-z ]*?)\s*\.?")


def plain_words(entry: str) -> str:
    """Return the plain words of an entry; the entry itself where it is none.

    >>> plain_words("pain, chest")
    'chest pain'
    >>> plain_words("Lt. flank pain")
    'left flank pain'
    >>> plain_words("I have pain, and a cough that will not go away since I was in the mountains")
    'I have pain, and a cough that will not go away since I was in the mountains'
    """
    if len(entry) > LONGEST or "\n" in entry:
        return entry
    words = _SHORT.sub(lambda found: _SHORT_FORMS[found[1].lower()], _CODE.sub("", entry)).strip()
    turned = _TURNED.fullmatch(words)
    if turned and len(words.split()) <= 6:
        return f"{turned['where']} {turned['what']}"
    return words


def reread(text: str, found: Extraction, read: Callable[[str], Extraction]) -> Extraction:
    """Return `found`, or what the plain words say where nothing was found in an entry."""
    said = text.strip()
    words = plain_words(said)
    if found.findings or words == said or not words:
        return found
    start = text.index(said)
    findings = tuple(
        replace(finding, evidence=said, start=start, end=start + len(said))
        for finding in read(words).findings
    )
    return replace(found, findings=findings)
