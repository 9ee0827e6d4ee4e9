"""English phrases found by their words: inflected, misspelt, with little words in between."""

from collections.abc import Iterable, Sequence
from typing import Any

from assistant.extraction.english_words import (
    DENYING,
    ONLY_WHERE,
    ORDERED,
    Token,
    Weight,
    form_of,
    tokens,
)
from assistant.extraction.mentions import Kind, Mention
from assistant.extraction.quantities import ONES, TENS
from assistant.extraction.spelling import Spelling

Entry = tuple[str, Kind]
_LEAF = ""  # the key under which a node keeps what ends there
_MAX_STOPS, _MAX_FILLERS = 4, 3
_POSSESSIVES = frozenset(("my", "his", "her", "their", "your", "the"))
_FOLDED = {
    "he": "i", "she": "i", "they": "i", "we": "i", "it": "i", "has": "have", "had": "have",
    "is": "am", "are": "am", "was": "am", "were": "am", "his": "my", "her": "my", "their": "my",
}  # fmt: skip


class EnglishMatcher:
    """All English phrases and modifiers, in a tree over the forms of their words."""

    def __init__(self, entries: Iterable[tuple[str, Entry]]) -> None:
        self._tree: dict[str, Any] = {}
        self._exact: dict[str, Any] = {}
        self._words: dict[str, list[Entry]] = {}
        self._pairs: dict[tuple[str, str], list[Entry]] = {}
        words: set[str] = set()
        for phrase, entry in entries:
            words |= self._add(tokens(phrase.lower()), entry)
        self._spelling = Spelling(words)
        self._denying = {word: self._single(meant) for word, meant in DENYING.items()}

    def _add(self, phrase: list[Token], entry: Entry) -> set[str]:
        words = [t for t in phrase if t.weight is not Weight.BREAK and t.text not in "'-\""]
        content = [t.form for t in words if t.weight is not Weight.STOP]
        telling = [t for t in words if t.weight is Weight.CONTENT]
        if content == ["pain"] and len(words) == 1:
            self._words.setdefault(words[0].text, []).append(entry)  # "aches" is not any pain
        elif len(words) > 1 and (len(content) < 2 or not telling) and len("".join(content)) < 7:
            _insert(self._exact, [_exact_form(t) for t in words], entry)
        elif content:
            _insert(self._tree, content, entry)
            if any(t.weight is Weight.BREAK for t in phrase):  # "hand, foot and mouth disease"
                kept = [t.form for t in phrase if t.weight is not Weight.STOP]
                _insert(self._tree, kept, entry)
            if len(content) == 2 and not ORDERED.intersection(content):
                self._pairs.setdefault((content[1], content[0]), []).append(entry)
        return {t.text.removesuffix("'s") for t in words}

    def _single(self, words: str) -> list[Entry]:
        node = self._tree
        for word in words.split():
            node = node.get(form_of(word), {})
        return list(node.get(_LEAF, []))

    def tokens(self, text: str, offset: int = 0) -> list[Token]:
        """Return the tokens of `text`, slips of spelling put right in their forms."""
        return [self._spelt(token) for token in tokens(text, offset)]

    def _spelt(self, token: Token) -> Token:
        if token.weight is not Weight.CONTENT or len(token.text) < 6:
            return token
        meant = self._spelling.corrected(token.text.removesuffix("'s"))
        return token if meant == token.text else token._replace(form=form_of(meant))

    def match(self, words: Sequence[Token]) -> list[Mention]:
        """Return every mention in `words`, overlapping ones too."""
        found: list[Mention] = []
        for i, word in enumerate(words):
            if word.weight is Weight.BREAK or _in_number(words, i) or _only_where(words, i):
                continue
            ends = [*_walk(self._tree, words, i), *_walk_exact(self._exact, words, i)]
            ends += self._reversed(words, i)
            if word.text in self._words:
                ends.append((i, 1, self._words[word.text]))
            found += [m for end, n, here in ends for m in _mentions(here, word, words[end], n)]
            for concept, kind in self._denying.get(word.text, ()):
                found.append(Mention((concept,), word.start, word.end, 1, kind, denied=True))
        return found

    def _reversed(self, words: Sequence[Token], i: int) -> list[tuple[int, int, list[Entry]]]:
        """Return a phrase of two words that stands here the other way round."""
        if words[i].weight is Weight.STOP:
            return []
        skipped = 0
        for j in range(i + 1, min(i + 7, len(words))):
            entries = self._pairs.get((words[i].form, words[j].form))
            if entries:
                return [(j, 2, entries)]
            if words[j].weight is Weight.FILLER and skipped < _MAX_FILLERS:
                skipped += 1
            elif words[j].weight is not Weight.STOP:
                return []
        return []


def _in_number(words: Sequence[Token], i: int) -> bool:
    """Whether a word is the end of a number: eight in "thirty-eight weeks"."""
    if words[i].text not in ONES or i == 0:
        return False
    before = words[i - 2] if words[i - 1].text == "-" and i > 1 else words[i - 1]
    return before.text in TENS


def _only_where(words: Sequence[Token], i: int) -> bool:
    """Whether a part of the body only says where something is: nose in "a lump on my nose"."""
    if words[i].form not in ONLY_WHERE or i == 0:
        return False
    j = i - 2 if words[i - 1].text in _POSSESSIVES and i > 1 else i - 1
    return words[j].text in ONLY_WHERE[words[i].form]


def _mentions(entries: list[Entry], first: Token, last: Token, length: int) -> list[Mention]:
    by_kind: dict[Kind, list[str]] = {}
    for concept, kind in entries:
        by_kind.setdefault(kind, []).append(concept)
    return [
        Mention(tuple(dict.fromkeys(concepts)), first.start, last.end, length, kind)
        for kind, concepts in by_kind.items()
    ]


def _insert(tree: dict[str, Any], forms: list[str], entry: Entry) -> None:
    for form in forms:
        tree = tree.setdefault(form, {})
    tree.setdefault(_LEAF, []).append(entry)


def _exact_form(token: Token) -> str:
    return _FOLDED.get(token.text, token.form)


def _walk_exact(
    tree: dict[str, Any], words: Sequence[Token], i: int
) -> list[tuple[int, int, list[Entry]]]:
    found, length = [], 0
    for j in range(i, len(words)):
        if words[j].text in "'-\"":
            continue
        tree = tree.get(_exact_form(words[j]), {})
        length += words[j].weight is not Weight.STOP
        if not tree:
            break
        if _LEAF in tree:
            found.append((j, max(length, 1), tree[_LEAF]))
    return found


def _walk(
    tree: dict[str, Any], words: Sequence[Token], i: int
) -> list[tuple[int, int, list[Entry]]]:
    """Return (last word, words matched, entries) for every phrase that begins at word i."""
    start = tree.get(words[i].form)
    if start is None or words[i].weight is Weight.STOP:
        return []
    found: list[tuple[int, int, list[Entry]]] = []
    paths = [(i, i + 1, 1, start, 0, 0)]  # last word, next, words matched, node, stops, fillers
    while paths:
        last, j, length, node, stops, fillers = paths.pop()
        if j == last + 1 and _LEAF in node:
            found.append((last, length, node[_LEAF]))
        if j >= len(words):
            continue
        word = words[j]
        if word.weight is Weight.STOP:
            if stops < _MAX_STOPS:
                paths.append((last, j + 1, length, node, stops + 1, fillers))
            continue
        if word.form in node:
            paths.append((j, j + 1, length + 1, node[word.form], 0, fillers))
        if word.weight is Weight.FILLER and fillers < _MAX_FILLERS:
            paths.append((last, j + 1, length, node, stops, fillers + 1))
    return found
