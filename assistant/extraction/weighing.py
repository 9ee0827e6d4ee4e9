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


def combined(status: Status, opinion: Tagged, guarded: bool, known: bool) -> Status:
    """Return what is said of a mention.

    `guarded`: it belongs to a red flag; `known`: the lexicon has its words, so that the rules know
    where it ends.
    """
    answer, likelihood = max(opinion.assertion.items(), key=lambda pair: pair[1])
    before = _answer(status)
    if answer != before:
        cue = before != "present"
        needed = OVER_CUE if cue else OVER_PRESENT if known else 0.5
        if likelihood >= needed:
            doubted = guarded and (answer in _NOT_THERE) != (before in _NOT_THERE)
            status = replace(_changed(status, answer), doubted=doubted)
        elif guarded and before == "absent" and opinion.assertion["present"] > 0.5:
            status = replace(status, doubted=True)
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
