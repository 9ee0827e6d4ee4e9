"""Corrections by hand: what was misunderstood is put right, and nothing else changes."""

import pytest

from assistant.dialogue.correcting import hear_correction
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Question, QuestionKind, Turn, TurnKind
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Experiencer, Time, Withdrawal

COUGH = Question(id="cough", kind=QuestionKind.YES_NO, findings=("cough",))


def found(concept, assertion=Assertion.PRESENT, **more):
    return Finding(concept=concept, assertion=assertion, evidence=f"my {concept}", turn=1, **more)


def corrected(knowledge, *told, **turn):
    before = Consultation(id="c", profile=Profile(), pending=COUGH, turns=2, findings=told)
    return hear_correction(before, Turn(kind=TurnKind.CORRECT, **turn), knowledge)


def known(heard):
    return {c: f.assertion for c, f in heard.consultation.case.latest().items()}


def test_an_entry_set_right_is_marked_and_settles_no_question(knowledge):
    """The list is no answer to the question that waits."""
    heard = corrected(knowledge, found("fever"), answers=(("fever", Assertion.ABSENT),))

    assert heard.consultation.pending == COUGH
    assert heard.consultation.findings[-1].origin is Origin.CORRECTED
    assert known(heard) == {"fever": Assertion.ABSENT}
    assert heard.corrected
    assert not heard.contradicted


def test_from_perhaps_to_certain_keeps_how_long_and_how_bad(knowledge):
    """Saying "yes, it is there" must not lose since when."""
    doubt = found("fever", Assertion.POSSIBLE, duration_days=3.0, severity=6)
    heard = corrected(knowledge, doubt, answers=(("fever", Assertion.PRESENT),))

    now = heard.consultation.case.latest()["fever"]
    assert (now.duration_days, now.severity) == (3.0, 6)


def test_what_implies_a_denied_complaint_goes_with_it(knowledge):
    """Without chest pain there is no crushing chest pain; a list saying both helps nobody."""
    told = (found("chest_pain"), found("chest_pain_crushing"), found("cough"))
    heard = corrected(knowledge, *told, answers=(("chest_pain", Assertion.ABSENT),))

    assert known(heard) == {
        "chest_pain": Assertion.ABSENT,
        "chest_pain_crushing": Assertion.ABSENT,
        "cough": Assertion.PRESENT,
    }


def test_what_is_somebody_elses_is_kept_as_theirs(knowledge):
    """The mother's cough is known still, with the words, and is no sign of the patient's."""
    heard = corrected(knowledge, found("cough"), withdrawn=(("cough", Withdrawal.NOT_MINE),))

    (theirs,) = heard.consultation.findings
    assert theirs.experiencer is Experiencer.RELATIVE
    assert theirs.evidence == "my cough"
    assert known(heard) == {}
    assert heard.consultation.retracted == (found("cough"),)


def test_what_is_removed_leaves_the_case(knowledge):
    """Never said, never meant: neither there nor "not there", so that it may be asked."""
    twice = (found("cough"), found("fever"), found("cough", Assertion.POSSIBLE))
    heard = corrected(knowledge, *twice, withdrawn=(("cough", Withdrawal.REMOVE),))

    assert heard.consultation.findings == (found("fever"),)
    assert [f.concept for f in heard.consultation.retracted] == ["cough", "cough"]


@pytest.mark.parametrize("other", [{"experiencer": Experiencer.RELATIVE}, {"time": Time.PAST}])
def test_a_past_or_a_relatives_finding_can_be_claimed(knowledge, other):
    """ "I have it, now": the entry is the patient's, and not in two places."""
    heard = corrected(knowledge, found("cough", **other), answers=(("cough", Assertion.PRESENT),))

    assert known(heard) == {"cough": Assertion.PRESENT}
    assert all(f.counts_now for f in heard.consultation.findings)


def test_a_relatives_finding_stays_beside_the_patients_own(knowledge):
    """Setting right one's own cough says nothing of the mother's."""
    told = (found("cough", experiencer=Experiencer.RELATIVE), found("cough"))
    heard = corrected(knowledge, *told, answers=(("cough", Assertion.ABSENT),))

    assert told[0] in heard.consultation.findings


def test_what_is_not_in_the_list_cannot_be_taken_back(knowledge):
    """Nothing changes, and it is not said that something had."""
    heard = corrected(knowledge, found("cough"), withdrawn=(("fever", Withdrawal.REMOVE),))

    assert heard.consultation.findings == (found("cough"),)
    assert not heard.corrected
