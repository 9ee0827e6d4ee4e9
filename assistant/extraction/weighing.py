"""The rules' word and the network's on a mention that only the network found, made one.

Where the lexicon has the phrase, the rules alone judge it: on the development sentences of NegEx
they are more precise and find more than the network (docs/extraction.md). Where only the network
saw something, its own word counts too, but it never makes a finding of a red flag absent alone.
"""

import re
from dataclasses import replace

from assistant.extraction.assertion import Status
from assistant.extraction.tagger import Tagged
from assistant.records.terms import Assertion, Time

SURE = 0.9  # the network's likelihood from which its word counts


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


def combined(status: Status, opinion: Tagged, guarded: bool) -> Status:
    """Return what is said of a mention; `guarded`: it belongs to a red flag."""
    if not status.said or status.assertion is not Assertion.PRESENT:
        return status  # the rules saw a cue: a word that stands there
    answer, likelihood = max(opinion.assertion.items(), key=lambda pair: pair[1])
    if likelihood >= SURE and answer != "present":
        if answer == "unsaid" and not guarded:
            return replace(status, said=False)
        absent = answer == "absent" and not guarded
        status = replace(status, assertion=Assertion.ABSENT if absent else Assertion.POSSIBLE)
    if guarded:
        return status
    if opinion.time["past"] >= SURE:
        status = replace(status, time=Time.PAST)
    return replace(status, family=status.family or opinion.experiencer["relative"] >= SURE)
