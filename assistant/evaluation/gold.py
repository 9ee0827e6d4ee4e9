"""Development cases with their truth: reads the rows of every file that `evaluate cases` knows.

| kind | told by | rows |
|---|---|---|
| vignette | `text` and `diagnosis` | clinical vignettes, talks |
| triage | `ktas_expert`, or a `triage` level | emergency visits, authored cases |
| findings | `findings`: a list of [name, true or false] | interviews, English and Chinese |

A row may be of several kinds at once (a text with a diagnosis and a level).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from assistant.assessing import VITALS
from assistant.errors import InvalidInputError
from assistant.evaluation.triage_metrics import Care, care_of
from assistant.records.terms import Language, Urgency

# Korean Triage and Acuity Scale: 1 resuscitation, 2 emergent, 3 urgent, 4 less, 5 non-urgent
KTAS = {1: Care.EMERGENCY, 2: Care.EMERGENCY, 3: Care.CONSULT, 4: Care.CONSULT, 5: Care.SELF_CARE}
_CARE_NAMES = {"emergency": Care.EMERGENCY, "consult": Care.CONSULT, "self_care": Care.SELF_CARE}


Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldCase:
    """A case and what is known to be true of it; None or () is "the row does not say"."""

    id: str
    request: Mapping[str, object]  # a row of the public contract
    diagnosis: tuple[str, ...] = ()  # names of the one true diagnosis
    icd10: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()  # names to choose from, the true one among them
    care: Care | None = None


def read_cases(text: str, language: Language | None) -> list[GoldCase]:
    """Return the cases in JSON lines; InvalidInputError names the first line that is not one."""
    cases = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            row = None
        if not isinstance(row, dict):
            raise InvalidInputError(f"Line {number} is not a JSON object.")
        cases.append(gold_case(row, number, language))
    return cases


def gold_case(row: Mapping[str, object], number: int, language: Language | None) -> GoldCase:
    """Return the case in a row; `language` chooses the side of a row that has both.

    Raises InvalidInputError where the row has neither text nor findings, or no truth at all.
    """
    spoken = _side(row, language)
    text = row.get("text") or _told(row, spoken)
    if not isinstance(text, str) or not text:
        raise InvalidInputError(f"Row {number} has neither text nor findings.")
    request = {key: row[key] for key in ("age", "sex") if row.get(key) is not None}
    request |= {"id": str(row.get("id", number)), "text": text, "language": spoken.value}
    vitals = row.get("vitals") or {k: row[k] for k in (*VITALS, "mental") if k in row}
    case = GoldCase(
        id=str(row.get("id", number)),
        request={**request, "vitals": vitals},
        diagnosis=_names(row, "diagnosis", spoken),
        icd10=_texts(row.get("icd10")),
        candidates=_names(row, "candidates", spoken),
        care=_care(row),
    )
    if not case.diagnosis and not case.icd10 and case.care is None:
        raise InvalidInputError(f"Row {number} has no diagnosis, icd10, triage or ktas_expert.")
    return case


def sample(cases: Iterable[Drawn], limit: int | None, seed: int) -> list[Drawn]:
    """Return `limit` cases drawn by `seed`, in their order; all where there is no limit."""
    everything = list(cases)
    if limit is None or limit >= len(everything):
        return everything
    chosen = sorted(Random(seed).sample(range(len(everything)), limit))  # noqa: S311 (no secret)
    return [everything[i] for i in chosen]


def _side(row: Mapping[str, object], language: Language | None) -> Language:
    if language is not None:
        return language
    return Language.CHINESE if row.get("language") == "zh" else Language.ENGLISH


def _told(row: Mapping[str, object], language: Language) -> str:
    """Say a list of findings as a patient would: "I have A, B. No C." or "我有A、B。没有C。"."""
    listed = row.get("findings_zh") if language is Language.CHINESE else None
    pairs = [p for p in _list(listed or row.get("findings")) if isinstance(p, list) and len(p) == 2]
    there = [str(name) for name, said in pairs if said is True]
    denied = [str(name) for name, said in pairs if said is False]
    return " ".join(_sentences(there, denied, language))


def _sentences(there: list[str], denied: list[str], language: Language) -> Iterator[str]:
    comma, end = ("、", "。") if language is Language.CHINESE else (", ", ".")
    have, no = ("我有", "没有") if language is Language.CHINESE else ("I have ", "No ")
    if there:
        yield have + comma.join(there) + end
    if denied:
        yield "".join(f"{no}{name}{end} " for name in denied).strip()


def _names(row: Mapping[str, object], key: str, language: Language) -> tuple[str, ...]:
    other = row.get(f"{key}_zh") if language is Language.CHINESE else None
    return _texts(other if other is not None else row.get(key))


def _care(row: Mapping[str, object]) -> Care | None:
    expert, level = row.get("ktas_expert"), row.get("triage")
    if isinstance(expert, int) and expert in KTAS:
        return KTAS[expert]
    if level is None:
        return None
    try:
        return _CARE_NAMES[str(level)] if level in _CARE_NAMES else care_of(Urgency(str(level)))
    except ValueError:
        raise InvalidInputError("triage must be a level of urgency.") from None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    return tuple(str(item) for item in _list(value) if str(item).strip())
