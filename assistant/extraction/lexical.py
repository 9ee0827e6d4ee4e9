"""The extractor that needs no model: phrases, cues and grammar. It is also the fail-safe."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.errors import InvalidInputError
from assistant.extraction.ambiguity import Ambiguities
from assistant.extraction.assertion import Assertions, Status
from assistant.extraction.attaching import attached, told_more
from assistant.extraction.catalogue import reread
from assistant.extraction.durations import durations
from assistant.extraction.families import in_family_as
from assistant.extraction.given import given_in, in_family
from assistant.extraction.lexicon import Lexicon
from assistant.extraction.measures import Reading, readings
from assistant.extraction.mentions import Kind, Mention, Telling
from assistant.extraction.normalising import Normalised, normalise
from assistant.extraction.people import People, relative_before, speaks_of_self
from assistant.extraction.person import age_in, sex_in
from assistant.extraction.quantities import Quantity
from assistant.extraction.sentences import Sentence, sentences
from assistant.extraction.severity import severities
from assistant.knowledge import Knowledge
from assistant.knowledge.schema import FindingKind
from assistant.records.extraction import Extraction, Heard
from assistant.records.finding import Finding, Measurement
from assistant.records.terms import Assertion, Experiencer, Language, Time

# A fear of doing these things is never left out.
_SELF_HARM = frozenset(
    (
        "suicidal_thoughts", "suicide_plan", "suicide_attempt_now", "self_harm",
        "thoughts_of_harming_others", "intrusive_baby_harm_thoughts",
    )
)  # fmt: skip
# Told as there, these are over by their nature: operations, what ended, single events of the past.
# Of the utterances annotated for the training, 133 of 135 such mentions are marked so.
_OVER = re.compile(
    r".*_(?:past|former)|hx_(?:spine|eye|nasal|abdominal|bariatric)_surgery|hx_(?:hyster|tonsill|"
    r"thyroid)ectomy|hx_(?:cesarean|miscarriage_\w+|ectopic_pregnancy|gestational_diabetes|"
    r"prematurity|suicide_attempt|stroke_tia|vte|pneumothorax|pancreatitis)"
)
# Over or not, these matter: a stroke or a heart attack may announce itself and pass.
_TRANSIENT = frozenset(("stroke_neuro", "heart", "chest_pain"))


class LexicalExtractor:
    """Finds what the phrases of the knowledge say, in English, Chinese and both mixed."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.lexicon = Lexicon(knowledge)
        self._ambiguities = Ambiguities(knowledge)
        flags = knowledge.red_flags.values()
        # An exposure that is an emergency by itself (a swallowed poison) is no old history.
        self._acute = frozenset(
            concept
            for flag in flags
            if flag.level.is_emergency and len(flag.lines) == 1
            for concept in flag.concepts
        )
        self._transient = frozenset(
            concept
            for flag in flags
            if flag.family in _TRANSIENT and flag.level.is_emergency
            for concept in flag.concepts
        )

    def extract(
        self, text: str, *, language: Language, turn: int = 0, context: tuple[str, ...] = ()
    ) -> Extraction:
        """Return what `text` says; `context` holds the findings that were just asked about.

        Each sentence is read in the language of its script, whatever `language` says.
        """
        plain = normalise(text)
        parts = sentences(plain.text)
        asked = tuple(c for c in context if c in self.knowledge.findings)
        found = [
            (mention, status)
            for sentence, mentions in zip(parts, self.lexicon.match(parts, asked), strict=True)
            for mention, status in self.judged(plain, sentence, mentions)
        ]
        return reread(
            text,
            self.assembled(plain, parts, found, turn),
            lambda words: self.extract(words, language=language, turn=turn, context=context),
        )

    def judged(
        self, plain: Normalised, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[tuple[Mention, Status]]:
        """Return each mention with what the rules say of it."""
        asked = plain.text[sentence.end : sentence.end + 1] == "?"
        assertions = Assertions(sentence, mentions, asked)
        return [(mention, assertions.of(mention)) for mention in mentions]

    def asserted(self, text: str, start: int, end: int, language: Language) -> Heard:
        """Return what `text` says of its words [start, end), known to the lexicon or not.

        The words are taken as they are: "afebrile" is not itself a denial here. Raises
        InvalidInputError where no word stands between the offsets.
        """
        plain = normalise(text)
        parts = sentences(plain.text)
        sentence, mention, found = self.said_of(plain, parts, start, end)
        status = next(status for other, status in found if other is mention)
        return self.heard(plain, sentence, mention, status, self.people(parts, found))

    def said_of(
        self, plain: Normalised, parts: Sequence[Sentence], start: int, end: int
    ) -> tuple[Sentence, Mention, list[tuple[Mention, Status]]]:
        """Return the sentence of given words, their mention, and every mention with its status.

        Words over several sentences are judged in the first of them. The mention has the finding
        that the lexicon knows for these words, give or take an article; "" where it knows none.
        """
        chosen: tuple[Sentence, Mention] | None = None
        found: list[tuple[Mention, Status]] = []
        for sentence, known in zip(parts, self.lexicon.match(parts), strict=True):
            given = None if chosen else given_in(plain, sentence, start, end, known)
            if given is None:
                found += self.judged(plain, sentence, known)
                continue
            chosen = sentence, given
            others = [m for m in known if not m.overlaps(given)]
            mentions = sorted([*others, given], key=lambda m: (m.start, m.end))
            family = in_family(given, known)
            for mention, status in self.judged(plain, sentence, mentions):
                theirs = status.family or (family and mention is given)
                found.append((mention, replace(status, family=theirs)))
        if chosen is None:
            raise InvalidInputError(f"No word stands between the offsets {start} and {end}.")
        return *chosen, found

    def people(self, parts: Sequence[Sentence], found: Sequence[tuple[Mention, Status]]) -> People:
        """Return whose complaints are told: the speaker's own, or only a relative's.

        A complaint is a symptom, not only a worry or a wish.
        """
        own = ill = False
        for sentence in parts:
            symptoms = [
                (mention, status)
                for mention, status in found
                if sentence.start <= mention.start < sentence.end
                and not self._is_background(mention.concepts[0])
            ]
            own = own or (bool(symptoms) and speaks_of_self(sentence.text))
            ill = ill or any(
                status.time is Time.NOW
                and status.assertion is not Assertion.ABSENT
                and relative_before(sentence, mention.start)
                for mention, status in symptoms
                if mention.concepts[0]
            )
        return People(own_complaint=own, relative_ill=ill and not own)

    def assembled(
        self,
        plain: Normalised,
        parts: Sequence[Sentence],
        found: Sequence[tuple[Mention, Status]],
        turn: int,
        tellings: Sequence[Telling] = (),
        fitting: Callable[[Mention], float] = lambda _: 0.0,
    ) -> Extraction:
        """Return the extraction: findings with their owner, time, duration and severity.

        `tellings` are words that tell more of the mention nearest to them; `fitting` tells how
        well a mention's finding fits its words, where the same words stand for several.
        """
        found = [(self._with_meanings(plain, mention, status), status) for mention, status in found]
        people = self.people(parts, found)
        numbers = readings(plain.text, self.knowledge.bundle.derived.measures)
        kept: list[tuple[Mention, Finding]] = []
        heard: list[tuple[Mention, Heard]] = []
        for sentence in parts:
            for mention, status in found:
                here = sentence.start <= mention.start < sentence.end
                if here and not self._is_number(mention, numbers):
                    said = self.heard(plain, sentence, mention, status, people)
                    heard.append((mention, said))
                    finding = self._finding(plain, sentence, mention, status, people, turn)
                    if finding is not None:
                        kept.append((mention, finding))
        kept = _without_doubles(kept)
        times = [q for q in durations(plain.text) if not _inside(q, numbers)]
        scores = severities(plain.text)
        kept, duration = attached(plain.text, parts, kept, times, "duration_days")
        kept, severity = attached(plain.text, parts, kept, scores, "severity")
        kept = told_more(plain, parts, kept, tellings)
        return Extraction(
            findings=tuple(finding for _, finding in kept),
            measurements=tuple(_measurement(plain, r, turn) for r in numbers),
            age_years=age_in(plain.text),
            sex=sex_in(plain.text),
            duration_days=duration,
            severity=None if severity is None else int(severity),
            heard=tuple(_heard_once(heard, fitting)),
        )

    def _with_meanings(self, plain: Normalised, mention: Mention, status: Status) -> Mention:
        """Return a mention with all that it may mean, the likeliest first.

        Who denies ambiguous words denies whatever they mean, so nothing is to be asked.
        """
        if not status.said or status.assertion is Assertion.ABSENT:
            return replace(mention, also=())
        meanings = self._ambiguities.meanings(plain.text, mention)
        if not meanings:
            return mention
        return replace(mention, concepts=meanings[:1], also=meanings[1:])

    def _is_number(self, mention: Mention, numbers: Sequence[Reading]) -> bool:
        """Whether a mention such as "HR 120" is a number, which means what age and sex decide."""
        if not mention.concepts[0]:
            return False
        kind = self.knowledge.findings[mention.concepts[0]].kind
        return kind in (FindingKind.VITAL, FindingKind.LAB) and any(
            r.start < mention.end and mention.start < r.end for r in numbers
        )

    def _finding(
        self,
        plain: Normalised,
        sentence: Sentence,
        mention: Mention,
        status: Status,
        people: People,
        turn: int,
    ) -> Finding | None:
        concept = mention.concepts[0]
        assertion = status.assertion
        if not concept:
            return None  # heard, but no finding of ours
        if not status.said:
            if concept not in _SELF_HARM and not status.doubted:
                return None
            assertion = Assertion.POSSIBLE
        if status.doubted and assertion is Assertion.ABSENT:
            assertion = Assertion.POSSIBLE
        gone = status.gone and concept in self._transient
        start, end = plain.span(mention.start, mention.end)
        family = self._is_relatives(sentence, mention, status, people)
        if family:
            concept = in_family_as(concept, plain.original[start:end])
            family = not concept.startswith("family_")  # a risk of the patient's own
        return Finding(
            concept=concept,
            assertion=Assertion.PRESENT if gone else assertion,
            evidence=plain.original[start:end],
            experiencer=Experiencer.RELATIVE if family else Experiencer.PATIENT,
            time=Time.PAST if status.time is Time.PAST else Time.NOW,
            turn=turn,
            start=start,
            end=end,
            ambiguous_with=() if family or status.time is Time.PAST else mention.also,
        )

    def heard(
        self,
        plain: Normalised,
        sentence: Sentence,
        mention: Mention,
        status: Status,
        people: People,
    ) -> Heard:
        """Return what was said of a mention, with no rule of safety on top."""
        start, end = plain.span(mention.start, mention.end)
        assertion = Assertion.PRESENT if status.gone else status.assertion
        concept = mention.concepts[0]
        past = status.time is Time.PAST or status.gone or status.maybe_past
        told = status.said and assertion is Assertion.PRESENT
        past = past or (told and bool(_OVER.fullmatch(concept)))
        relative = self._is_relatives(sentence, mention, status, people) or status.maybe_family
        if relative:
            concept = in_family_as(concept, plain.original[start:end])
        relative = relative or concept.startswith("family_")  # of the patient, a relative's illness
        return Heard(
            start=start,
            end=end,
            concept=concept or None,
            assertion=assertion.value if status.said else "hypothetical",
            experiencer=(Experiencer.RELATIVE if relative else Experiencer.PATIENT).value,
            time=(Time.PAST if past else Time.NOW).value,
        )

    def _is_relatives(
        self, sentence: Sentence, mention: Mention, status: Status, people: People
    ) -> bool:
        concept = mention.concepts[0]
        # Words that the lexicon does not know, told of a relative, are mostly an illness of theirs.
        background = not concept or (self._is_background(concept) and concept not in self._acute)
        return not concept.startswith("family_") and (
            status.family or people.is_relatives(sentence, mention.start, background)
        )

    def _is_background(self, concept: str) -> bool:
        """Whether it is a history or a risk; words without a finding count as a complaint."""
        return bool(concept) and self.knowledge.findings[concept].is_background


def _heard_once(
    heard: Sequence[tuple[Mention, Heard]], fitting: Callable[[Mention], float]
) -> list[Heard]:
    """Return what was heard without words that lie within those of another mention.

    Of several findings for the very same words the best fitting is heard, before those that are
    only meant beside a parent.
    """
    spans = Counter((one.start, one.end) for _, one in heard)
    several = [spans[one.start, one.end] > 1 for _, one in heard]
    order = sorted(
        range(len(heard)),
        key=lambda i: (
            heard[i][1].start - heard[i][1].end,
            heard[i][0].kind is Kind.MODIFIER,
            -fitting(heard[i][0]) if several[i] else 0.0,
            i,
        ),
    )
    kept: list[int] = []
    for i in order:
        start, end = heard[i][1].start, heard[i][1].end
        if not any(heard[k][1].start <= start and end <= heard[k][1].end for k in kept):
            kept.append(i)
    return [heard[i][1] for i in sorted(kept)]


def _inside(quantity: Quantity, numbers: Sequence[Reading]) -> bool:
    return any(r.start <= quantity.start < r.end for r in numbers)


def _measurement(plain: Normalised, reading: Reading, turn: int) -> Measurement:
    start, end = plain.span(reading.start, reading.end)
    return Measurement(
        measure=reading.measure,
        value=reading.value,
        evidence=plain.original[start:end],
        turn=turn,
        start=start,
        end=end,
    )


def _without_doubles(
    found: Sequence[tuple[Mention, Finding]],
) -> list[tuple[Mention, Finding]]:
    """Keep the first of several mentions that say the same of the same finding."""
    seen: set[tuple[str, Assertion, Experiencer, Time]] = set()
    kept = []
    for mention, finding in found:
        key = (finding.concept, finding.assertion, finding.experiencer, finding.time)
        if key not in seen:
            seen.add(key)
            kept.append((mention, finding))
    return kept
