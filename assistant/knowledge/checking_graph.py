"""Lint: every id leads somewhere, nothing goes round in a circle, nothing is unused."""

from collections.abc import Iterable, Iterator

from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_problem import Problem, error, warning
from assistant.knowledge.schema import PassageKind

CARE = {"self", "pharmacy", "primary_care", "specialist", "urgent_care", "emergency_department"}
SPECIALTIES = {
    *("allergy", "cardiology", "dentistry", "dermatology", "emergency_medicine", "endocrinology"),
    *("gastroenterology", "general_practice", "general_surgery", "geriatrics", "gynaecology"),
    *("haematology", "infectious_disease", "nephrology", "neurology", "neurosurgery"),
    *("obstetrics", "oncology", "ophthalmology", "orthopaedics", "otolaryngology"),
    *("paediatric_surgery", "paediatrics", "psychiatry", "respiratory_medicine", "rheumatology"),
    *("sexual_health", "toxicology", "urology", "vascular_surgery"),
}
FAMILIES = {
    *("abdomen", "allergy", "back", "bleeding", "breathing", "chest_pain", "child", "ent", "eye"),
    *("headache", "heart", "injury", "mental", "metabolic", "poisoning", "pregnancy"),
    *("sepsis_fever", "skin_limb", "stroke_neuro", "urogenital"),
}
SOURCE_KINDS = {"textbook", "guideline", "study", "dataset", "reference"}


def check_ids(knowledge: Knowledge) -> Iterator[Problem]:
    """Every finding, source and measure that an entry names must exist."""
    for place, ids in _named_findings(knowledge):
        yield from _unknown(place, ids, knowledge.findings, "finding")
    for place, ids in _named_sources(knowledge):
        yield from _unknown(place, ids, knowledge.bundle.sources, "source")
    derived = knowledge.bundle.derived
    for rule in derived.numbers:
        yield from _unknown("derived/numbers", [rule.measure], derived.measures, "measure")


def _unknown(place: str, ids: Iterable[str], known: Iterable[str], what: str) -> Iterator[Problem]:
    for missing in sorted(set(ids).difference(known)):
        yield error(place, f"there is no {what} called {missing}")


def _named_findings(knowledge: Knowledge) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield each place that names findings, with the ids it names."""
    bundle = knowledge.bundle
    for finding, entry in bundle.findings.items():
        yield f"findings/{finding}/implies", entry.implies
    for condition, about in bundle.conditions.items():
        yield f"conditions/{condition}/findings", about.findings
        yield f"conditions/{condition}/risks", about.risks
        yield f"conditions/{condition}/raised_by", about.raised_by
        yield f"conditions/{condition}/cited", about.cited
    for flag_id, flag in bundle.red_flags.items():
        yield f"red_flags/{flag_id}/when", flag.concepts
    for group_id, group in bundle.groups.items():
        asked_while = (group.about,) if group.about else ()
        yield f"groups/{group_id}", (*group.findings, *asked_while)
    for number in bundle.derived.numbers:
        yield f"derived/numbers/{number.measure}", (*number.gives, *number.denies)
    for duration in bundle.derived.durations:
        yield f"derived/durations/{duration.finding}", (duration.finding, duration.gives)
    yield "derived/severe_pain", bundle.derived.severe_pain
    for name, presentation in bundle.presentations.items():
        named = (*presentation.unless, *(f for line in presentation.when for f in line))
        yield f"presentations/{name}", named
    for passage_id, passage in bundle.passages.items():
        yield f"passages/{passage_id}/about", passage.about
    for task_id, task in bundle.imaging.items():
        if task.confirm is not None:
            yield f"imaging/{task_id}/confirm", (task.confirm.finding,)
        for label_id, label in task.labels.items():
            if label.finding is not None:
                yield f"imaging/{task_id}/{label_id}/finding", (label.finding,)


def _named_sources(knowledge: Knowledge) -> Iterator[tuple[str, Iterable[str]]]:
    bundle = knowledge.bundle
    for condition, entry in bundle.conditions.items():
        yield f"conditions/{condition}/sources", (*entry.sources, *entry.cited.values())
    for flag_id, flag in bundle.red_flags.items():
        yield f"red_flags/{flag_id}/sources", flag.sources
    for passage_id, passage in bundle.passages.items():
        yield f"passages/{passage_id}/sources", passage.sources
    for name, presentation in bundle.presentations.items():
        yield f"presentations/{name}/sources", presentation.sources
    for task_id, task in bundle.imaging.items():
        raised = (source for label in task.labels.values() for r in label.raises for source in r.sources)
        yield f"imaging/{task_id}/sources", (*task.sources, *raised)
    for rule in bundle.derived.numbers:
        yield f"derived/numbers/{rule.measure}", (rule.source,)
    for code, country in bundle.countries.items():
        yield f"countries/{code}/source", (country.source,)


def check_acyclic(knowledge: Knowledge) -> Iterator[Problem]:
    """No finding may imply itself, not even by way of others."""
    above = {
        f: [i for i in e.implies if i in knowledge.findings] for f, e in knowledge.findings.items()
    }
    for finding in sorted(above):
        seen: set[str] = set()
        waiting = list(above[finding])
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += above[current]
        if finding in seen:
            yield error(
                f"findings/{finding}/implies", "it implies itself, directly or through others"
            )


def check_passages(knowledge: Knowledge) -> Iterator[Problem]:
    """A text on a complaint must say of which, or it could never be shown beside one."""
    for passage_id, passage in knowledge.bundle.passages.items():
        if passage.kind is PassageKind.COMPLAINT and not passage.about:
            yield error(f"passages/{passage_id}/about", "names no finding")


def check_used(knowledge: Knowledge) -> Iterator[Problem]:
    """A finding nobody looks at would be asked, or extracted, for nothing."""
    bundle = knowledge.bundle
    used: set[str] = set()
    for entry in bundle.conditions.values():
        used.update(entry.findings, entry.risks, entry.raised_by)
    for flag in bundle.red_flags.values():
        used |= flag.concepts
    for group in bundle.groups.values():
        used.update(group.findings)
    for number in bundle.derived.numbers:
        used.update(number.gives)
    used.update(duration.gives for duration in bundle.derived.durations)
    for finding in list(used):
        used |= knowledge.ancestors(finding)  # a parent is used through its children
    for finding in sorted(set(bundle.findings) - used):
        yield error(f"findings/{finding}", "no condition, red flag, group or derived rule uses it")
    for source in sorted(set(bundle.sources) - _cited(knowledge)):
        yield warning(f"sources/{source}", "nothing rests on it")


def _cited(knowledge: Knowledge) -> set[str]:
    return {source for _, ids in _named_sources(knowledge) for source in ids}


def check_vocabulary(knowledge: Knowledge) -> Iterator[Problem]:
    """One spelling for each specialty, place of care, family of red flags and kind of source."""
    bundle = knowledge.bundle
    for condition, entry in bundle.conditions.items():
        yield from _outside(f"conditions/{condition}/specialty", entry.specialty, SPECIALTIES)
        yield from _outside(f"conditions/{condition}/care", entry.care, CARE)
    for flag_id, flag in bundle.red_flags.items():
        yield from _outside(f"red_flags/{flag_id}/family", flag.family, FAMILIES)
    for source_id, source in bundle.sources.items():
        yield from _outside(f"sources/{source_id}/kind", source.kind, SOURCE_KINDS)


def _outside(place: str, value: str, known: set[str]) -> Iterator[Problem]:
    if value not in known:
        yield error(place, f"{value} is none of {', '.join(sorted(known))}")


def check_countries(knowledge: Knowledge) -> Iterator[Problem]:
    """Every country needs numbers to call, and "XX" must stand in for the rest."""
    countries = knowledge.bundle.countries
    if "XX" not in countries:
        yield error("countries", 'the entry "XX", for everywhere else, is missing')
    for code, country in countries.items():
        place = f"countries/{code}"
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            yield error(place, "is no ISO 3166-1 code of two letters")
        if not country.ambulance.replace(" ", "").isdigit():
            yield error(f"{place}/ambulance", "must be a number to dial")
        for language in ("en", "zh"):
            if code != "XX" and not any(c.isdigit() for c in country.crisis.get(language)):
                yield error(f"{place}/crisis/{language}", "names no number to dial")
    for group_id, group in knowledge.groups.items():
        if len(set(group.findings)) != len(group.findings):
            yield error(f"groups/{group_id}", "lists a finding twice")
