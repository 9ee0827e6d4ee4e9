"""What stands in a report, in words, before it takes a form."""

from dataclasses import dataclass

from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Hypothesis
from assistant.records.finding import Finding, Measurement
from assistant.records.marks import Piece
from assistant.records.report import Report
from assistant.records.terms import Assertion, Language, Urgency
from assistant.reporting.findings import GROUPS, Told, grouped, quoted
from assistant.reporting.pictures import Album, ShownPicture
from assistant.reporting.reasons import Reasons
from assistant.reporting.wording import Sentences, lasting, printable

SHOWN = 6  # hypotheses with their evidence
STRONG = 0.15  # weight (natural log) from which evidence is named


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHypothesis:
    """One line of the differential, with what speaks for and against it."""

    head: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPassage:
    """A passage with the works it rests on."""

    title: str
    text: str
    sources: str
    pieces: tuple[Piece, ...]  # of the text, those marked that speak of the case


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything a report shows, in one language; nothing in it is markup."""

    language: Language
    title: str
    made: str
    person: str
    complaint: str
    summary: str  # both in one line
    level: Urgency
    level_words: str
    reasons: tuple[str, ...]
    to_do: str
    groups: tuple[tuple[str, tuple[Told, ...]], ...]  # heading, findings
    timeline: tuple[str, ...]
    measurements: tuple[str, ...]
    background: tuple[str, ...]
    pictures: tuple[ShownPicture, ...]
    hypotheses: tuple[ShownHypothesis, ...]
    unlisted: str
    not_asked: tuple[str, ...]
    passages: tuple[ShownPassage, ...]
    missing: str
    versions: tuple[str, ...]
    disclaimer: str


@dataclass(frozen=True, slots=True)
class Composer:
    """Puts one report into words."""

    report: Report
    knowledge: Knowledge
    sentences: Sentences
    language: Language

    def compose(self) -> Content:
        """Return the content of the report.

        The consultation's id is left out: whoever knows it could open the consultation.
        """
        report, reasons = self.report, self._reasons()
        person, complaint = self._person(), self._complaint()
        return Content(
            language=self.language,
            title=self._say("title"),
            made=self._say("made", created=printable(report.created)[:16].replace("T", " ")),
            person=person,
            complaint=complaint,
            summary=self._say("summary", person=person, complaint=complaint),
            level=report.triage.level,
            level_words=reasons.level(),
            reasons=reasons.all(),
            to_do=reasons.to_do(),
            groups=self._groups(),
            timeline=self._timeline(),
            measurements=tuple(self._measured(m) for m in report.case.measurements),
            background=self._background(),
            pictures=Album(report, self.knowledge, self.sentences, self.language).pictures(),
            hypotheses=tuple(self._hypothesis(h) for h in report.differential.top(SHOWN)),
            unlisted=self._unlisted(),
            not_asked=tuple(self._name(f) for f in report.not_asked),
            passages=self._passages(),
            missing=self._missing(),
            versions=tuple(self._version(*pair) for pair in report.versions),
            disclaimer=self._say("disclaimer"),
        )

    def _say(self, line: str, **slots: object) -> str:
        return self.sentences.say(f"report.{line}", self.language, **slots)

    def _join(self, parts: list[str]) -> str:
        return self.sentences.join(parts, self.language)

    def _name(self, concept: str) -> str:
        """Return a finding's name; an id that the knowledge no longer has stands for itself."""
        known = concept in self.knowledge.findings
        return self.sentences.finding(concept, self.language) if known else concept

    def _reasons(self) -> Reasons:
        return Reasons(self.report, self.knowledge, self.sentences, self.language, self._name)

    def _person(self) -> str:
        profile = self.report.case.profile
        parts = [self.sentences.person(profile, self.language) or self._say("person_unknown")]
        if profile.pregnant is Assertion.PRESENT:
            parts.append(self._say("pregnant"))
        if profile.pregnant is Assertion.POSSIBLE:
            parts.append(self._say("maybe_pregnant"))
        if profile.for_somebody_else:
            parts.append(self._say("for_other"))
        return self._join(parts)

    def _complaint(self) -> str:
        first = next((line for line in self.report.case.text.split("\n") if line.strip()), "")
        if not first:
            return self._say("complaint_none")
        return self._say("complaint", words=printable(first))

    def _groups(self) -> tuple[tuple[str, tuple[Told, ...]], ...]:
        """Return the findings by what was said of them; empty groups are left out."""
        found = grouped(self.report, self.knowledge, self.sentences, self.language, self._name)
        return tuple((self._say(group), found[group]) for group in GROUPS if found[group])

    def _timeline(self) -> tuple[str, ...]:
        """Return what has lasted, the longest first."""
        lasted: list[tuple[float, Finding]] = []
        for finding in self.report.case.latest().values():
            present = finding.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
            if present and finding.duration_days is not None:
                lasted.append((finding.duration_days, finding))
        lasted.sort(key=lambda pair: (-pair[0], pair[1].concept))
        return tuple(
            self._say(
                "timeline_item",
                duration=lasting(days, self.sentences, self.language),
                finding=self._name(finding.concept),
            )
            for days, finding in lasted
        )

    def _measured(self, measured: Measurement) -> str:
        entry = self.knowledge.bundle.derived.measures.get(measured.measure)
        name = entry.name.get(self.language) if entry else measured.measure
        value = f"{name} {measured.value:g} {entry.unit if entry else ''}".strip()
        quote = quoted(measured.evidence, self.sentences, self.language)
        return f"{value} {quote}".strip()

    def _background(self) -> tuple[str, ...]:
        profile = self.report.case.profile
        told = {
            "illnesses": profile.conditions,
            "medicines": profile.medicines,
            "allergies": profile.allergies,
        }
        return tuple(
            self._say(line, words=printable(words) or self._say("not_told"))
            for line, words in told.items()
        )

    def _hypothesis(self, hypothesis: Hypothesis) -> ShownHypothesis:
        entry = self.knowledge.conditions.get(hypothesis.condition)
        if entry is None:
            return ShownHypothesis(head=hypothesis.condition, details=())
        level = f"urgency.{entry.urgency.value}_short"
        head = self._say(
            "hypothesis",
            name=entry.name.get(self.language),
            code=entry.icd10[0],
            likelihood=self.sentences.likelihood(hypothesis.probability, self.language),
            percent=round(100 * hypothesis.probability),
            urgency=self.sentences.say(level, self.language),
        )
        return ShownHypothesis(head=head, details=tuple(self._details(hypothesis)))

    def _details(self, hypothesis: Hypothesis) -> list[str]:
        lines = []
        for line, speaks in (("for", 1), ("against", -1)):
            named = [
                self._asserted(e.concept, e.assertion)
                for e in hypothesis.evidence
                if e.weight * speaks >= STRONG
            ]
            if named:
                lines.append(self._say(line, findings=self._join(named)))
        if hypothesis.open_questions:
            names = [self._name(f) for f in hypothesis.open_questions]
            lines.append(self._say("would_change", findings=self._join(names)))
        return lines

    def _asserted(self, concept: str, assertion: Assertion) -> str:
        name = self._name(concept)
        if assertion is Assertion.ABSENT:
            return self.sentences.say("mirror.no", self.language, finding=name)
        return name

    def _unlisted(self) -> str:
        if not self.report.differential.hypotheses:
            return self._say("differential_none")
        share = self.report.differential.unlisted
        words = self.sentences.likelihood(share, self.language)
        return self._say("unlisted", likelihood=words, percent=round(100 * share))

    def _passages(self) -> tuple[ShownPassage, ...]:
        return tuple(
            ShownPassage(
                title=printable(passage.title),
                text="".join(piece.text for piece in parts),
                pieces=parts,
                sources=self._say("sources", sources="; ".join(map(printable, passage.sources))),
            )
            for passage, parts in ((p, _printed(p.pieces)) for p in self.report.passages)
        )

    def _version(self, name: str, version: str) -> str:
        shown = self._say("version_none") if version == "none" else version
        if not self.sentences.has(f"report.version_{name}"):
            return f"{name} {shown}"
        return self._say(f"version_{name}", version=shown)

    def _missing(self) -> str:
        if not self.report.missing:
            return self._say("missing_none")
        names = [
            self.sentences.say(f"flow.{part}", self.language)
            if self.sentences.has(f"flow.{part}")
            else part
            for part in self.report.missing
        ]
        return self._say("missing_note", parts=self._join(names))


def _printed(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Make each piece safe to print; spaces at its ends stay, so that words stay apart."""
    return tuple(
        Piece(
            f"{' ' if text[:1].isspace() else ''}{printable(text)}"
            f"{' ' if text[-1:].isspace() else ''}".replace("  ", " "),
            marked,
        )
        for text, marked in pieces
    )
