"""Lint: both languages are what they claim to be, and no phrase means two things."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_problem import Problem, error, warning
from assistant.knowledge.schema import Entry, WordLists, Words

_CHINESE = re.compile(r"[㐀-䶿一-鿿]")
_CHINESE_OR_FULL_WIDTH = re.compile(r"[　-〿㐀-䶿一-鿿＀-￯]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_PERSON = {
    "en": re.compile(r"\b(you|your|yours|he|she|his|her|him)\b", re.IGNORECASE),
    # 其他 is "other" and 他汀 a statin, not "he"
    "zh": re.compile(r"[您你她]|(?<![其吉])他(?!汀)"),
}


def check_languages(knowledge: Knowledge) -> Iterator[Problem]:
    """English fields must hold no Chinese, Chinese ones must hold some, neither may shout."""
    bundle = knowledge.bundle
    parts = ("findings", "conditions", "red_flags", "groups", "countries", "passages", "ambiguous")
    for part in parts:
        for entry_id, entry in getattr(bundle, part).items():
            for place, language, text in _texts(entry, f"{part}/{entry_id}"):
                yield from _wrong_language(place, language, text)
    for place, pictured in _pictured(knowledge):
        for where, language, text in _texts(pictured, place):
            yield from _wrong_language(where, language, text)


def _pictured(knowledge: Knowledge) -> Iterator[tuple[str, Entry]]:
    """Yield every entry that says something of a picture."""
    for task_id, task in knowledge.imaging.items():
        yield f"imaging/{task_id}", task
        for label_id, label in task.labels.items():
            yield f"imaging/{task_id}/{label_id}", label
            for demand in label.raises:
                yield f"imaging/{task_id}/{label_id}/raises", demand


def _texts(entry: Entry, place: str) -> Iterator[tuple[str, str, str]]:
    """Yield (place, language, text) for every text in two languages inside an entry."""
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if not isinstance(value, Entry):
            continue
        here = f"{place}/{name}"
        if set(type(value).model_fields) != {"en", "zh"}:
            yield from _texts(value, here)
            continue
        for language in ("en", "zh"):
            words = getattr(value, language)
            inner = _strings(words)
            for text in inner:
                yield f"{here}/{language}", language, text


def _strings(words: object) -> list[str]:
    if isinstance(words, str):
        return [words]
    if isinstance(words, tuple):
        return [str(w) for w in words]
    if isinstance(words, Entry):
        return [str(getattr(words, name)) for name in type(words).model_fields]
    return []


def _wrong_language(place: str, language: str, text: str) -> Iterator[Problem]:
    if not text.strip():
        yield error(place, "is empty")
    elif language == "en" and _CHINESE_OR_FULL_WIDTH.search(text):
        yield error(place, f"is not English: {text}")
    elif language == "zh" and not _CHINESE.search(text) and not _is_abbreviation(text):
        yield error(place, f"is not Chinese: {text}")
    if re.search(r"[!！]", text):
        yield error(place, f"has an exclamation mark: {text}")


def _is_abbreviation(text: str) -> bool:
    """Whether a text is used in Chinese as it is: "HIV", "T 39.2", "IgA"."""
    words = _LATIN_WORD.findall(text)
    return all(any(c.isupper() for c in word) for word in words)


def normalised(phrase: str) -> str:
    """Return a phrase as the lexicon sees it: no case, no width, no punctuation."""
    plain = unicodedata.normalize("NFKC", phrase).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def check_phrases(knowledge: Knowledge) -> Iterator[Problem]:
    """A phrase that means two findings would be read as the wrong one half of the time."""
    for language in ("en", "zh"):
        meant: dict[str, set[str]] = defaultdict(set)
        for finding, entry in knowledge.findings.items():
            for phrase in (*entry.phrases.get(language), entry.name.get(language)):
                meant[normalised(phrase)].add(finding)
            if not entry.phrases.get(language):
                yield error(f"findings/{finding}/phrases/{language}", "has no phrase")
        for phrase, findings in sorted(meant.items()):
            if len(findings) > 1:
                first, *others = sorted(findings)
                yield error(
                    f"findings/{first}/phrases/{language}",
                    f"“{phrase}” also means {', '.join(others)}",
                )
    yield from _modifiers(knowledge)


def check_ambiguous(knowledge: Knowledge) -> Iterator[Problem]:
    """Ambiguous words mean findings that exist and differ, and stand in one entry only."""
    for language in ("en", "zh"):
        meant: dict[str, str] = {}
        for name, entry in knowledge.bundle.ambiguous.items():
            for phrase in entry.phrases.get(language):
                other = meant.setdefault(normalised(phrase), name)
                if other != name:
                    yield error(f"ambiguous/{name}/{language}", f"“{phrase}” is also in {other}")
    for name, entry in knowledge.bundle.ambiguous.items():
        for finding in entry.findings:
            if finding not in knowledge.findings:
                yield error(f"ambiguous/{name}", f"{finding} is no finding")
            elif knowledge.ancestors(finding) & set(entry.findings):
                yield error(f"ambiguous/{name}", f"{finding} is a form of another one named here")


def _modifiers(knowledge: Knowledge) -> Iterator[Problem]:
    """A modifier makes a child of a parent: it needs a parent, and one child may claim it."""
    claimed: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for finding, entry in knowledge.findings.items():
        words: WordLists = entry.modifiers
        if (words.en or words.zh) and not entry.implies:
            yield error(f"findings/{finding}/modifiers", "has modifiers but implies nothing")
        for language in ("en", "zh"):
            for word in words.get(language):
                if entry.implies:
                    claimed[entry.implies[0], language, normalised(word)].add(finding)
    for (parent, language, word), findings in sorted(claimed.items()):
        if len(findings) > 1:
            yield warning(
                f"findings/{parent}",
                f"the {language} modifier “{word}” leads to {', '.join(sorted(findings))}",
            )


def check_names(knowledge: Knowledge) -> Iterator[Problem]:
    """Two conditions of one name cannot be told apart on the page, nor in an evaluation."""
    for language in ("en", "zh"):
        named: dict[str, set[str]] = defaultdict(set)
        called: dict[str, set[str]] = defaultdict(set)
        for condition, entry in knowledge.conditions.items():
            named[normalised(entry.name.get(language))].add(condition)
            for name in (entry.name.get(language), *entry.synonyms.get(language)):
                called[normalised(name)].add(condition)
        for name, ids in sorted(called.items()):
            if len(ids) < 2:
                continue
            first, *others = sorted(ids)
            place = f"conditions/{first}/name/{language}"
            message = f"“{name}” is also a name of {', '.join(others)}"
            yield error(place, message) if len(named.get(name, ())) > 1 else warning(place, message)


def check_questions(knowledge: Knowledge) -> Iterator[Problem]:
    """One wording must do for oneself, for a child and for a parent."""
    asked: list[tuple[str, Words]] = []
    for finding, entry in knowledge.findings.items():
        if entry.question is not None:
            asked.append((f"findings/{finding}/question", entry.question))
        elif entry.kind.value in ("symptom", "history", "risk"):
            yield error(f"findings/{finding}/question", f"a {entry.kind.value} needs a question")
    asked += [(f"groups/{g}/question", entry.question) for g, entry in knowledge.groups.items()]
    asked += [(f"imaging/{f}/confirm", entry.question) for f, entry in knowledge.confirms.items()]
    for place, question in asked:
        for language in ("en", "zh"):
            text = question.get(language)
            person = _PERSON[language].search(text)
            if person:
                yield error(f"{place}/{language}", f"says “{person.group()}”: {text}")
            if text[-1] not in "?？":
                yield error(f"{place}/{language}", f"is no question: {text}")
