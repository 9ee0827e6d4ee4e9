"""What ships is sound, and holds what a first body of medicine must hold."""

from assistant.knowledge.checking import Severity, check
from assistant.knowledge.checking_codes import hpo_terms
from assistant.records.terms import Urgency


def test_shipped_knowledge_has_no_error(knowledge):
    """`anamnesis knowledge check` passes on every release."""
    errors = [str(p) for p in check(knowledge) if p.severity is Severity.ERROR]

    assert errors == []


def test_every_country_has_somebody_to_call(knowledge):
    for code in knowledge.bundle.countries:
        country = knowledge.country(code)
        assert country.ambulance
        assert country.crisis.en
        assert country.crisis.zh


def test_every_red_flag_family_and_level_is_there(knowledge):
    levels = {flag.level for flag in knowledge.red_flags.values()}

    assert levels == {Urgency.EMERGENCY_AMBULANCE, Urgency.EMERGENCY, Urgency.CONSULTATION_24H}


def test_hpo_terms_hold_names_and_exact_synonyms():
    assert "coughing" in hpo_terms()["HP:0012735"]


def test_breadth_does_not_shrink(knowledge):
    """A diagnosis that is not in the list can never be made."""
    bundle = knowledge.bundle
    assert len(bundle.conditions) >= 1300
    assert len(bundle.findings) >= 1900
    assert len(bundle.red_flags) >= 390
    kinds = [passage.kind.value for passage in bundle.passages.values()]
    assert kinds.count("medicine") >= 100
    assert kinds.count("test") >= 60


def test_every_symptom_has_the_words_that_people_use(knowledge):
    few = [
        finding
        for finding, entry in knowledge.findings.items()
        if entry.kind.value == "symptom"
        and (len(entry.phrases.en) < 8 or len(entry.phrases.zh) < 4 or entry.question is None)
    ]
    assert few == []


def test_every_condition_names_enough_to_be_told_apart(knowledge):
    thin = [
        condition
        for condition, entry in knowledge.conditions.items()
        if len(entry.findings) + len(entry.risks) < 12
    ]
    assert thin == []
