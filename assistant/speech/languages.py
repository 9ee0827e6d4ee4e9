"""The languages that are listened for."""

import re
from collections.abc import Mapping

from assistant.records.terms import Language

SPOKEN = ("en", "zh")
# Told to the model when it is asked how sure it is of words already written: without it, it would
# rather have written 頭 than 头, and every such word would seem doubtful.
SCRIPTS = {"zh": "以下是普通话的句子，用简体中文书写。"}


def likelier(probabilities: Mapping[str, float]) -> str:
    """Return the likelier of the languages that are listened for; English where both are even.

    >>> likelier({"en": 0.2, "zh": 0.7})
    'zh'
    """
    return max(SPOKEN, key=lambda name: probabilities.get(name, 0.0))


def written_in(text: str, told: str) -> Language:
    """Return the language of a transcript by its letters; without any, the one it was `told` as.

    Told to write Chinese, Whisper may write down English as English.

    >>> written_in("I feel sick。", "zh").value
    'en'
    """
    if re.search(r"[\u3400-\u9fff]", text):
        return Language.CHINESE
    return Language.ENGLISH if re.search(r"[A-Za-z]", text) else Language(told)
