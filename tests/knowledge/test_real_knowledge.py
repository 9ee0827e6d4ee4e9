"""What ships is sound, and holds what a first body of medicine must hold."""

from assistant.knowledge.checking import Severity, check
from assistant.knowledge.checking_codes import hpo_terms
from assistant.records.terms import Urgency


def test_shipped_knowledge_has_no_error(knowledge):
    """`anamnesis knowledge check` passes on every release."""
    errors = [str(p) for p in check(knowledge) if p.severity is Severity.ERROR]

    assert errors == []


def test_body_of_knowledge_is_as_large_as_promised(knowledge):
    assert len(knowledge.conditions) >= 160
    assert len(knowledge.findings) >= 450
    assert len(knowledge.red_flags) >= 70
    assert len(knowledge.bundle.passages) >= 40


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
