"""Answers to a patient's own questions: sentences of passages, word for word, each with its number.

Nothing is composed: what no passage says is not said. An answer touches neither findings nor
urgency. Only our own texts and trusted corpora are quoted.
"""

import re
from dataclasses import dataclass, replace

import ahocorasick
import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Answer, Passage, Quote
from assistant.records.terms import Language
from assistant.retrieval import Query
from assistant.retrieval.library import Filter
from assistant.retrieval.library.words_index import terms
from assistant.retrieval.quoting import highlights, quotable, sentences
from assistant.retrieval.shelf import Shelf

PARTS = ("what", "do", "seek")  # of a condition's text
LOOKED_AT = 12  # passages
QUOTED = 3  # passages
SENTENCES = 4
NAMED = 0.25  # share of the question's words from which a name in it is what it is about
COVERED = 0.75  # share of the question's words that a passage without a known topic must hold
SUPPORT = 0.30  # cosine of question and sentence from which a further sentence is quoted
# The words of a question that do not say what it is about.
_ASKING = re.compile(
    r"\b(what|how|why|when|where|which|who|can|could|should|will|does|cause[sd]?|mean|treat\w*|"
    r"symptoms?|signs?|serious|dangerous|take|use|have|get|safe|long|last|help|need|doctor|happens?)\b",
    re.I,
)
# The part of a condition's text that a question asks for.
_SECTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "do",
        re.compile(
            r"\b(treat|cure|do about|do for|help|get rid|manage|relie)|"
            r"怎么(办|治|处理|缓解)|治疗|护理",
            re.I,
        ),
    ),
    (
        "seek",
        re.compile(
            r"\b(when should|see a doctor|emergency|dangerous|serious|worr)|"
            r"什么时候.*(医院|医生|就诊)|危险|严重吗|要紧",
            re.I,
        ),
    ),
    (
        "what",
        re.compile(
            r"\b(what('s| is| are)|cause|mean|contagious)|"
            r"是什么|什么是|什么病|什么意思|原因|为什么|传染",
            re.I,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about: passages that carry its name, and the condition where it is one."""

    name: str
    passages: frozenset[str]
    shouted: bool = False  # an abbreviation that is a word in small letters: BED, TEN


class Answerer:
    """Answers from a Shelf."""

    def __init__(self, knowledge: Knowledge, shelf: Shelf, encoder: Encoder | None) -> None:
        self.shelf, self.encoder = shelf, encoder
        self._topics = {language: _topics(knowledge, language) for language in Language}

    def answer(self, question: str, language: Language) -> Answer:
        """Return quotes and their passages; an Answer without quotes where nothing fits."""
        topics = self.topics(question, language)
        query = Query(text=question, language=language)
        found = self.shelf.find(query, LOOKED_AT, Filter(trusted=True))
        fitting = [p for p in found if p.trusted and self._fits(question, p, topics)]
        fitting += self._of_topics(topics, question, language, {p.id for p in fitting})
        ordered = sorted(fitting, key=lambda p: -_suits(p, question))  # stable: rank decides ties
        return self._quoted(question, ordered[:QUOTED])

    def topics(self, question: str, language: Language) -> list[Topic]:
        """Return what the question names, longest first."""
        text = question.lower()
        wanted = len(set(terms(_ASKING.sub(" ", question)))) or 1
        found: dict[str, Topic] = {}
        for end, topic in self._topics[language].iter_long(text):
            start = end - len(topic.name) + 1
            around = text[max(0, start - 1) : start] + text[end + 1 : end + 2]
            alone = language is Language.CHINESE or not re.search(r"[a-z0-9]", around.rstrip("s"))
            shouted = not topic.shouted or question[start : end + 1].isupper()
            if alone and shouted and len(set(terms(topic.name))) >= NAMED * wanted:
                found[topic.name] = topic
        return sorted(found.values(), key=lambda topic: -len(topic.name))

    def _fits(self, question: str, passage: Passage, topics: list[Topic]) -> bool:
        """A passage is about what was asked, or holds nearly all the words that matter."""
        if topics:
            title = passage.title.lower()
            return any(
                passage.id in t.passages or (not t.shouted and _names(title, t.name))
                for t in topics
            )
        wanted = set(terms(_ASKING.sub(" ", question)))
        held = set(terms(f"{passage.title} {passage.text}"))
        return len(wanted) >= 1 and len(wanted & held) >= COVERED * len(wanted)

    def _of_topics(
        self, topics: list[Topic], question: str, language: Language, known: set[str]
    ) -> list[Passage]:
        """Return the passages of a named topic that the search did not bring."""
        missing = {name for topic in topics[:2] for name in topic.passages} - known
        if not missing:
            return []
        conditions = tuple(sorted({name.split(".")[0] for name in missing if "." in name}))
        query = Query(text=question, conditions=conditions, language=language)
        found = self.shelf.own.retrieve(query, 12) if conditions else ()
        return [p for p in found if p.id in missing]

    def _quoted(self, question: str, passages: list[Passage]) -> Answer:
        """Quote the sentences that say most on the question, in the order of their passages."""
        candidates = [(n, s) for n, p in enumerate(passages) for s in sentences(p.text)]
        if not candidates:
            return Answer()
        scores = self._likeness(question, [s for _, s in candidates])
        ranked = sorted(range(len(candidates)), key=lambda i: -scores[i])
        leading = [i for i in ranked if candidates[i][0] == 0][:2]
        others = [i for i in ranked if i not in leading and scores[i] >= SUPPORT]
        chosen = sorted((leading + others)[:SENTENCES])
        used = sorted({candidates[i][0] for i in chosen})
        quotes = tuple(
            _quote(question, candidates[i][1], used.index(candidates[i][0]) + 1) for i in chosen
        )
        return Answer(quotes=quotes, passages=tuple(_harmless(passages[n]) for n in used))

    def _likeness(self, question: str, said: list[str]) -> NDArray[np.float64]:
        wanted = set(terms(question))
        shared = np.array([len(wanted & set(terms(s))) / (1 + len(wanted)) for s in said])
        if self.encoder is None or not question.isascii():
            return shared
        vectors = self.encoder.encode([question, *said])
        return np.asarray(vectors[1:] @ vectors[0] + 0.1 * shared)


def _quote(question: str, sentence: str, number: int) -> Quote:
    shown = quotable(sentence)
    return Quote(text=shown, number=number, highlights=highlights(question, shown))


def _names(title: str, name: str) -> bool:
    """Whether a title holds a name, in English as whole words."""
    return name in title and (
        not name.isascii() or re.search(rf"\b{re.escape(name)}\b", title) is not None
    )


def _harmless(passage: Passage) -> Passage:
    """Return a passage whose title and sources may stand in a message; its text is kept whole."""
    sources = tuple(quotable(source) for source in passage.sources)
    return replace(passage, title=quotable(passage.title), sources=sources)


def _suits(passage: Passage, question: str) -> int:
    """Whether a passage of a condition is the part that the question asks for."""
    section = next((name for name, asked in _SECTIONS if asked.search(question)), "")
    return int(bool(section) and passage.id.endswith(f".{section}"))


def _topics(knowledge: Knowledge, language: Language) -> ahocorasick.Automaton:
    """Return every name of a condition, a medicine, a test or a complaint."""
    named: dict[str, set[str]] = {}
    spelt: set[str] = set()
    for condition, about in knowledge.conditions.items():
        parts = {f"{condition}.{part}" for part in PARTS}
        for name in (about.name.get(language), *about.synonyms.get(language)):
            spelt.add(name)
            named.setdefault(name.lower(), set()).update(parts)
    for identity, entry in knowledge.bundle.passages.items():
        for name in (entry.title.get(language), *entry.names.get(language)):
            named.setdefault(name.lower(), set()).add(identity)
    words = _small_words(knowledge) if language is Language.ENGLISH else frozenset[str]()
    automaton = ahocorasick.Automaton()
    shortest = 2 if language is Language.CHINESE else 3
    for name, passages in named.items():
        if len(name) >= shortest:
            shouted = name in words and name.upper() in spelt
            automaton.add_word(name, Topic(name, frozenset(passages), shouted))
    automaton.make_automaton()
    return automaton


def _small_words(knowledge: Knowledge) -> frozenset[str]:
    """Return the words that our texts write in small letters."""
    entries = knowledge.bundle.passages.values()
    texts = [entry.text.en for entry in entries]
    texts += [getattr(c.text.en, p) for c in knowledge.conditions.values() for p in PARTS]
    return frozenset(re.findall(r"\b[a-z]{2,5}\b", " ".join(texts)))
