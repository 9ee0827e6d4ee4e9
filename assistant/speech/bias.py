"""What the transcriber is told to expect: medical words, and what was just asked.

A short prompt in the script of the page makes Whisper prefer the words of a consultation, and
write Mandarin in simplified characters. It also makes it repeat the prompt for noise, so the
prompt is no sentence that a patient would say, and `gates.py` refuses an echo of it.
"""

from collections.abc import Iterable

from assistant.knowledge import Knowledge
from assistant.records.terms import Language

_OPENING = {
    Language.ENGLISH: "Patient interview:",
    Language.CHINESE: "普通话，简体中文，看病时的对话：",
}
_MOST_CHARACTERS = {Language.ENGLISH: 260, Language.CHINESE: 120}
_USUAL = (
    "chest_pain", "dyspnea", "palpitations", "abdominal_pain", "nausea", "diarrhea", "dizziness",
    "sore_throat", "cough", "wheezing", "rash", "fever",
)  # fmt: skip


def prompt_for(knowledge: Knowledge, language: Language, asked: Iterable[str] = ()) -> str:
    """Return the prompt: the names of what was asked first, then of what is usual."""
    names = [
        knowledge.findings[concept].name.get(language).lower()
        for concept in dict.fromkeys((*asked, *_USUAL))
        if concept in knowledge.findings
    ]
    joint = "、" if language is Language.CHINESE else ", "
    text = _OPENING[language] + ("" if language is Language.CHINESE else " ")
    for number, name in enumerate(names):
        longer = text + (joint if number else "") + name
        if len(longer) > _MOST_CHARACTERS[language]:
            break
        text = longer
    return text + ("。" if language is Language.CHINESE else ".")
