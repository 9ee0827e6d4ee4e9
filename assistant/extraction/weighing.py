"""The rules' word and the network's on the same mention, made one.

The network may say what the rules do not see ("far from feverish"), but it never makes a finding
of a red flag absent on its own: for those both must agree, or the rules say it.
"""

from dataclasses import replace

from assistant.extraction.assertion import Status
from assistant.extraction.tagger import Tagged
from assistant.records.terms import Assertion

SURE = 0.97  # the network's likelihood from which its word counts; measured, see docs/extraction.md


def combined(status: Status, opinion: Tagged | None, guarded: bool) -> Status:
    """Return what is said of a mention; `guarded`: it belongs to a red flag."""
    if opinion is None or opinion.confidence == 0.0:
        return status
    if not status.said or status.assertion is not Assertion.PRESENT:
        return status  # the rules saw a cue: a word that stands there
    answer, likelihood = max(opinion.assertion.items(), key=lambda pair: pair[1])
    if likelihood < SURE or answer == "present":
        return status
    if answer == "possible":
        return replace(status, assertion=Assertion.POSSIBLE)
    if guarded:
        return status
    if answer == "absent":
        return replace(status, assertion=Assertion.ABSENT)
    return status
