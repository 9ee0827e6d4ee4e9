"""The list of what was understood: each finding once, with the words that it came from."""

from dataclasses import dataclass

from assistant.records.dialogue import Consultation
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Experiencer, Language, Time
from assistant.ui.wording import Wording

_GROUP = {
    Assertion.PRESENT: "present",
    Assertion.POSSIBLE: "unclear",
    Assertion.UNKNOWN: "unclear",
    Assertion.ABSENT: "absent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list."""

    concept: str
    name: str
    group: str  # "present", "absent" or "unclear"
    words: str  # where it comes from, the patient's own words where there are any
    details: tuple[str, ...] = ()  # how long, how bad, whose, when
    correctable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """Everything that was understood, by group."""

    entries: tuple[Entry, ...] = ()
    measured: tuple[str, ...] = ()

    def group(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of one group."""
        return tuple(entry for entry in self.entries if entry.group == name)


def understood(consultation: Consultation, wording: Wording) -> Understood:
    """Return what was understood so far, the newest word on each finding."""
    language = consultation.profile.language
    latest = list(consultation.case.latest().values())
    beside = {
        (f.concept, f.experiencer, f.time): f
        for f in consultation.findings
        if not f.counts_now and f.concept not in consultation.case.latest()
    }
    entries = [_entry(f, consultation, wording, language) for f in (*latest, *beside.values())]
    return Understood(entries=tuple(entries), measured=_measured(consultation, wording, language))


def _entry(f: Finding, consultation: Consultation, wording: Wording, language: Language) -> Entry:
    entry = wording.knowledge.findings.get(f.concept)
    background = entry is not None and entry.is_background
    return Entry(
        concept=f.concept,
        name=wording.finding(f.concept, language),
        group=_GROUP[f.assertion],
        words=_words(f, consultation, wording, language),
        details=_details(f, wording, language),
        correctable=entry is not None and (f.counts_now or background),
    )


def _words(f: Finding, consultation: Consultation, wording: Wording, language: Language) -> str:
    say = wording.texts.say
    if f.origin is Origin.CORRECTED:
        return say("from_you", language)
    if f.origin is Origin.PROFILE and not f.evidence:
        return say("from_form", language)
    told = [o for o in consultation.findings if o.concept == f.concept and o.evidence]
    own = [o for o in told if o.origin is Origin.SAID and o.assertion is f.assertion]
    if own:  # what the patient said says more than the button pressed after it
        return say("from_words", language, words=own[-1].evidence)
    if not told:
        return ""
    line = "from_button" if f.origin is Origin.ANSWERED else "from_words"
    return say(line, language, words=f.evidence or told[-1].evidence)


def _details(f: Finding, wording: Wording, language: Language) -> tuple[str, ...]:
    say, found = wording.texts.say, []
    if f.experiencer is Experiencer.RELATIVE:
        found.append(say("relative", language))
    if f.time is Time.PAST:
        found.append(say("past", language))
    if f.duration_days is not None:
        time = wording.texts.lasting(f.duration_days, language)
        found.append(say("lasting", language, time=time))
    if f.severity is not None:
        found.append(say("severity", language, n=f.severity))
    return tuple(found)


def _measured(consultation: Consultation, wording: Wording, language: Language) -> tuple[str, ...]:
    measures = wording.knowledge.bundle.derived.measures
    last = {m.measure: m for m in consultation.measurements if m.measure in measures}
    return tuple(
        f"{measures[m.measure].name.get(language)} {m.value:g} {measures[m.measure].unit}".strip()
        for m in last.values()
    )
