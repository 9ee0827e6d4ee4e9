"""The list of what was understood: each finding once, with the words that it came from."""

from dataclasses import dataclass

from assistant.records.dialogue import Consultation
from assistant.records.finding import Finding, Origin
from assistant.records.marks import Piece
from assistant.records.terms import Assertion, Experiencer, Language, Time
from assistant.ui.quoting import quoted
from assistant.ui.wording import Wording

_STATE = {
    Assertion.PRESENT: "present",
    Assertion.POSSIBLE: "unclear",
    Assertion.UNKNOWN: "unclear",
    Assertion.ABSENT: "absent",
}
GROUPS = ("present", "unclear", "absent", "relative", "past")  # in the order shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list."""

    concept: str
    name: str
    group: str  # one of GROUPS: its state
    quote: tuple[Piece, ...] = ()  # the patient's sentence, the words for it marked
    source: str = ""  # where it comes from, where no words of the patient tell it
    details: tuple[str, ...] = ()  # how long, how bad; of a relative's or a past one, whether
    correctable: bool = True
    ownable: bool = True  # whether it could be somebody else's
    open_words: str = ""  # the words that may mean it or something else: not settled yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """Everything that was understood, by group."""

    entries: tuple[Entry, ...] = ()
    measured: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """Return each group that has entries, with them."""
        found = ((name, self.group(name)) for name in GROUPS)
        return tuple((name, entries) for name, entries in found if entries)

    @property
    def lines(self) -> int:
        """Return how many lines the list has at first sight: open words are one."""
        return len({entry.open_words or entry.concept for entry in self.entries})

    def open_words(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """Return words of several meanings that are not settled, each with what it may mean."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.open_words:
                found.setdefault(entry.open_words, []).append(entry)
        return tuple((words, tuple(entries)) for words, entries in found.items())

    def group(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of one group."""
        return tuple(entry for entry in self.entries if entry.group == name)


def understood(consultation: Consultation, wording: Wording) -> Understood:
    """Return what was understood so far, the newest word on each finding."""
    language = consultation.profile.language
    latest = consultation.case.latest()
    beside = {
        (f.concept, f.experiencer, f.time): f
        for f in consultation.case.findings
        if not f.counts_now and f.concept not in latest
    }
    shown = (*latest.values(), *beside.values())
    entries = [_entry(f, consultation, wording, language) for f in shown]
    return Understood(entries=tuple(entries), measured=_measured(consultation, wording, language))


def _entry(f: Finding, consultation: Consultation, wording: Wording, language: Language) -> Entry:
    told = _told(f, consultation)
    return Entry(
        concept=f.concept,
        name=wording.finding(f.concept, language),
        group=_group(f),
        quote=() if told is None else quoted(told, consultation),
        source=_source(f, told, wording, language),
        details=_details(f, wording, language),
        correctable=f.concept in wording.knowledge.findings,
        ownable=not f.concept.startswith("family_"),
        open_words=f.evidence if f.undecided and _group(f) == "unclear" else "",
    )


def _group(f: Finding) -> str:
    if f.experiencer is Experiencer.RELATIVE:
        return "relative"
    return "past" if f.time is Time.PAST else _STATE[f.assertion]


def _told(f: Finding, consultation: Consultation) -> Finding | None:
    """Return the finding whose words tell of `f` best: said before pressed, and of one mind.

    What was set right by hand shows the words that had been misunderstood.
    """
    known = (*consultation.retracted, *consultation.case.findings)
    said = [
        o
        for o in known
        if o.concept == f.concept and o.evidence and o.origin is not Origin.ANSWERED
    ]
    alike = [o for o in said if o.assertion is f.assertion and o.counts_now == f.counts_now]
    if alike:
        return alike[-1]
    return said[-1] if said and f.origin is Origin.CORRECTED else None


def _source(f: Finding, told: Finding | None, wording: Wording, language: Language) -> str:
    say = wording.texts.say
    if f.origin is Origin.CORRECTED:
        return say("from_you", language)
    if f.origin is Origin.PROFILE:
        return say("from_form", language)
    if f.origin is Origin.PICTURE:
        return say("from_picture", language)
    if told is None and f.evidence:
        return say("from_button", language, words=f.evidence)
    return ""


def _details(f: Finding, wording: Wording, language: Language) -> tuple[str, ...]:
    say, found = wording.texts.say, []
    if not f.counts_now and f.assertion is not Assertion.PRESENT:
        found.append(say(_STATE[f.assertion], language))
    if f.experiencer is Experiencer.RELATIVE and f.time is Time.PAST:
        found.append(say("past", language))
    if f.duration_days is not None:
        time = wording.texts.lasting(f.duration_days, language)
        found.append(say("lasting", language, time=time))
    if f.severity is not None:
        found.append(say("severity", language, n=f.severity))
    found += [say(f"attribute_{a.kind}", language, words=a.words) for a in f.attributes]
    if f.undecided:
        found.append(say("undecided", language))
    return tuple(found)


def _measured(consultation: Consultation, wording: Wording, language: Language) -> tuple[str, ...]:
    measures = wording.knowledge.bundle.derived.measures
    last = {m.measure: m for m in consultation.measurements if m.measure in measures}
    return tuple(
        f"{measures[m.measure].name.get(language)} {m.value:g} {measures[m.measure].unit}".strip()
        for m in last.values()
    )
