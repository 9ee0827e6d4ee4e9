"""Words that by themselves may mean several findings: "discharge", 肿.

`knowledge/ambiguous.yaml` lists them. They are ambiguous only where the message says nothing that
tells which is meant: no part of the body, no other word that belongs to one of them.
"""

import re

from assistant.extraction.chinese import folded
from assistant.extraction.english_words import Weight, form_of, tokens
from assistant.extraction.mentions import Mention
from assistant.knowledge import Knowledge
from assistant.knowledge.schema import AmbiguityEntry

# What may stand around the telling characters: 有点…, 长了…, …得厉害.
_AROUND_ZH = re.compile(
    r"^(?:有一?[点些]儿?|一[点些直]|好多|很多|总是?|老是?|又|还|经常|感觉|觉得|个|在|就|都|会)+"
    r"|(?:得(?:很|厉害|不行)|[了的着呢啊吧过])+$"
)


class Ambiguities:
    """The table of ambiguous words, by their common forms."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._english: dict[tuple[str, ...], AmbiguityEntry] = {}
        self._chinese: dict[str, AmbiguityEntry] = {}
        for entry in knowledge.bundle.ambiguous.values():
            self._english |= {_forms(phrase): entry for phrase in entry.phrases.en}
            self._chinese |= {_bare(phrase): entry for phrase in entry.phrases.zh}
        self._telling = {
            id(entry): frozenset(form_of(word) for word in entry.unless.en)
            for entry in knowledge.bundle.ambiguous.values()
        }

    def meanings(self, text: str, mention: Mention) -> tuple[str, ...]:
        """Return what a mention of `text` may mean, the likeliest first; () where it is plain.

        The mention's own finding goes first where the table has it, else the table's order holds:
        the words by themselves tell no more than the table.
        """
        words = text[mention.start : mention.end]
        entry = self._english.get(_forms(words)) if words.isascii() else None
        entry = entry or self._chinese.get(_bare(words))
        if entry is None or mention.denied:
            return ()
        around = text[: mention.start] + " " + text[mention.end :]
        if self._told(around, entry):
            return ()
        own = tuple(c for c in mention.concepts[:1] if c in entry.findings)
        return own + tuple(c for c in entry.findings if c not in own)

    def _told(self, around: str, entry: AmbiguityEntry) -> bool:
        """Whether the rest of a message tells which of the findings is meant."""
        said = {t.form for t in tokens(around.lower()) if t.weight is not Weight.BREAK}
        said |= {form_of(t.text) for t in tokens(around.lower()) if t.weight is not Weight.BREAK}
        plain = folded(around)
        return bool(said & self._telling[id(entry)]) or any(w in plain for w in entry.unless.zh)


def _forms(words: str) -> tuple[str, ...]:
    """Return the common forms of the telling words, in their order."""
    return tuple(t.form for t in tokens(words.lower()) if t.weight is Weight.CONTENT)


def _bare(words: str) -> str:
    """Return Chinese words without what is said around them.

    >>> _bare("有点肿了"), _bare("肿得厉害")
    ('肿', '肿')
    """
    plain = folded(words).strip()
    while (shorter := _AROUND_ZH.sub("", plain)) != plain and shorter:
        plain = shorter
    return plain
