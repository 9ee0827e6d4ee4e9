"""Whether a diagnosis named in a case is a condition of ours: by its names, or by its ICD-10 code.

Names are compared after the differences that do not change what is meant are taken away: case,
punctuation, plural, possessive, British and American spelling, order of words, abbreviations in
brackets. "Acute" and "chronic" stay: they are different diseases. Everything else that two names
may have in common is medicine, and belongs among a condition's synonyms.
"""

import re
import unicodedata
from collections.abc import Iterable

from assistant.knowledge import Knowledge
from assistant.knowledge.schema import ConditionEntry

_BRACKETS = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]")
_ABBREVIATION = re.compile(r"^[A-Z][A-Za-z0-9-]{1,7}$")
_EMPTY = frozenset({"a", "an", "the", "of", "in", "with", "to", "and", "due", "unspecified", "nos"})
# British endings and letters -> American ones; applied to both sides, so only agreement counts.
_SPELLING = (
    ("aem", "em"),
    ("paed", "ped"),
    ("aesth", "esth"),
    ("gynaec", "gynec"),
    ("caec", "cec"),
    ("caesar", "cesar"),
    ("faec", "fec"),
    ("naev", "nev"),
    ("oesoph", "esoph"),
    ("oedem", "edem"),
    ("oestr", "estr"),
    ("rrhoea", "rrhea"),
    ("pnoea", "pnea"),
    ("coeli", "celi"),
    ("foet", "fet"),
    ("amoeb", "ameb"),
    ("tumour", "tumor"),
    ("colour", "color"),
    ("odour", "odor"),
    ("labour", "labor"),
    ("behaviour", "behavior"),
    ("isation", "ization"),
    ("fibre", "fiber"),
    ("sulph", "sulf"),
)


def forms(name: str) -> frozenset[str]:
    """Return the comparable forms of one name.

    >>> sorted(forms("Gastro-oesophageal reflux disease (GORD)"))
    ['disease esophageal gastro reflux', 'disease gastroesophageal reflux', 'gord']
    >>> forms("Haemorrhoids") == forms("hemorrhoid")
    True
    >>> forms("Cancer of the lung") == forms("Lung cancer")
    True
    >>> forms("acute bronchitis") & forms("chronic bronchitis")
    frozenset()
    """
    name = unicodedata.normalize("NFKC", name).replace("’", "'")
    outside = _BRACKETS.sub(" ", name)
    parts = [outside, *re.split(r"\s*/\s*|；|;", outside)]
    inside = [part.strip() for part in _BRACKETS.findall(name)]
    parts += [part for part in inside if _ABBREVIATION.match(part) or _is_chinese(part)]
    parts += [part.replace("-", "") for part in parts if "-" in part]
    return frozenset(form for form in map(_form, parts) if form)


def _form(name: str) -> str:
    if _is_chinese(name):
        return re.sub(r"[\W_]+", "", name).casefold()
    words = re.findall(r"[^\W_]+", re.sub(r"'s?\b", "", name.casefold()))
    return " ".join(sorted(_word(word) for word in words if word not in _EMPTY))


def _word(word: str) -> str:
    for british, american in _SPELLING:
        word = word.replace(british, american)
    return _singular(word)


def _singular(word: str) -> str:
    """Take away an English plural; the same rule on both sides, so a wrong stem does no harm."""
    if len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def condition_forms(entry: ConditionEntry) -> frozenset[str]:
    """Return the forms of all names of a condition, in both languages."""
    names = (entry.name.en, entry.name.zh, *entry.synonyms.en, *entry.synonyms.zh)
    return frozenset().union(*(forms(name) for name in names))


def same_code(ours: str, theirs: str) -> bool:
    """Whether two ICD-10 codes name the same thing, one perhaps less finely than the other.

    >>> same_code("J45", "j45.9"), same_code("J45.0", "J45.9"), same_code("I2", "I21")
    (True, False, False)
    """
    a, b = (code.upper().replace(".", "").strip() for code in (ours, theirs))
    shorter, longer = sorted((a, b), key=len)
    return len(shorter) >= 3 and longer.startswith(shorter)


class ConditionNames:
    """Finds the conditions of a Knowledge that a gold diagnosis may mean."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._codes = {c: e.icd10 for c, e in knowledge.conditions.items()}
        self._by_form: dict[str, set[str]] = {}
        for condition, entry in knowledge.conditions.items():
            for form in condition_forms(entry):
                self._by_form.setdefault(form, set()).add(condition)

    def matching(self, names: Iterable[str], icd10: Iterable[str] = ()) -> frozenset[str]:
        """Return the ids of every condition that one of `names` (or ids) or `icd10` means."""
        names = tuple(names)
        if ids := frozenset(names) & self._codes.keys():
            return ids
        wanted = frozenset().union(*(forms(name) for name in names))
        found = {c for form in wanted for c in self._by_form.get(form, ())}
        for code in icd10:
            found |= {c for c, ours in self._codes.items() if any(same_code(o, code) for o in ours)}
        return frozenset(found)
