"""The rules' word and the network's on one mention, made one.

What stands in `Status.assertion` is the likeliest reading. Where the two differ on a finding of a
red flag and one of them says that it is, or may be, there, the status is `doubted`: it then counts
as possible, so that no single reader can deny a danger.
"""

import re
from dataclasses import replace

from assistant.extraction.assertion import Status
from assistant.extraction.tagger import Tagged
from assistant.records.terms import Assertion, Time

# Likelihoods of the network, chosen on the tuning half of the gold set (docs/extraction.md).
OVER_PRESENT = 0.7  # it changes what has no cue for the rules
OVER_CUE = 0.97  # it changes what the rules saw a cue for
SURE = 0.65  # of time and of whose it is

_JUST_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|without|den(?:y|ies|ied)|nor|neither|nil)|n't)\b"
    r"(?: (?!(?:is|are|am|was|were|has|have|had|and|but|keeps?)\b)\w+){0,2} ?$"
    r"|(?:没有|没|無|无|不|否认|未见?)[^，。；,;\s]{0,2}$",
    re.I,
)
_NOT_THERE = ("absent", "hypothetical")
_DENIED = re.compile(
    r"\b(?:is|are|was|were|am|feels?|looks?)\s*(?:n't|not)\s+(?:\w+\s+)?(?:blue|bluish|swollen|red|"
    r"painful|sore|stiff|numb|itchy|bleeding|yellow|pale|hot|burning|cold|dizzy|hoarse|tender|"
    r"confused|drooping|weak|tingling|swelling|hurting|aching)\b",
    re.I,
)


def denies_itself(words: str) -> bool:
    """Whether a tagged mention holds its own denial.

    >>> denies_itself("lips are not blue"), denies_itself("not sleeping well")
    (True, False)
    """
    return bool(_DENIED.search(words))


def denied_just_before(words: str) -> bool:
    """Whether what stands before a mention ends in a denial: "I have no", 没有.

    >>> denied_just_before("I have no "), denied_just_before("he won't drink and is ")
    (True, False)
    """
    return bool(_JUST_BEFORE.search(words))


def combined(
    status: Status, opinion: Tagged, *, guarded: bool, known: bool, before: str = ""
) -> Status:
    """Return what is said of a mention.

    `guarded`: it belongs to a red flag; `known`: the lexicon has its words, so that the rules know
    where it ends; `before`: what stands before it in its sentence. A denial that stands right
    before the words is the rules' to judge: the network overlooks some of the plainest.
    """
    answer, likelihood = max(opinion.assertion.items(), key=lambda pair: pair[1])
    said = _answer(status)
    plain = said == "absent" and denied_just_before(before)
    if answer != said and not plain:
        needed = OVER_CUE if said != "present" else OVER_PRESENT if known else 0.5
        if likelihood >= needed:
            doubted = guarded and (answer in _NOT_THERE) != (said in _NOT_THERE)
            status = replace(_changed(status, answer), doubted=doubted)
    past, family = opinion.time["past"] >= SURE, opinion.experiencer["relative"] >= SURE
    if guarded:
        return replace(status, maybe_past=past, maybe_family=family)
    if past:
        status = replace(status, time=Time.PAST)
    return replace(status, family=status.family or family)


def _answer(status: Status) -> str:
    if not status.said:
        return "hypothetical"
    return "present" if status.gone else status.assertion.value


def _changed(status: Status, answer: str) -> Status:
    if answer == "hypothetical":
        return replace(status, said=False, assertion=Assertion.PRESENT)
    return replace(status, said=True, gone=False, assertion=Assertion(answer))
