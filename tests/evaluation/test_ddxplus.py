"""Three invented patients play against the real dialogue."""

import pytest

from assistant.errors import InvalidInputError, KnowledgeError
from assistant.evaluation.closed_world import closed, closed_assistant
from assistant.evaluation.ddxplus_data import Mapping, patients
from assistant.evaluation.ddxplus_figures import (
    figures_of,
    misses_table,
    projected,
    rank_of,
)
from assistant.evaluation.ddxplus_player import Player
from assistant.records.dialogue import Question, QuestionKind, TurnKind
from assistant.records.terms import Assertion, Language

HEAD = "age,top5_diagnoses,sex,diagnosis,features,feature_id"
ROWS = (
    """30,"[['URTI', 0.6], ['Influenza', 0.3], ['Bronchitis', 0.1]]",F,URTI,"""
    """"['E_181', 'E_201', 'E_97', 'E_204_@_V_10', 'E_41']",E_181""",
    """66,"[['Possible NSTEMI / STEMI', 0.7], ['Unstable angina', 0.3]]",M,"""
    """Possible NSTEMI / STEMI,"['E_53', 'E_54_@_V_183', 'E_55_@_V_29', 'E_55_@_V_101', """
    """'E_56_@_9', 'E_57_@_V_31', 'E_59_@_9', 'E_66', 'E_50', 'E_104', 'E_209']",E_53""",
    """50,"[['GERD', 0.8], ['Stable angina', 0.2]]",F,GERD,"""
    """"['E_173', 'E_215', 'E_219', 'E_53', 'E_54_@_V_181', 'E_55_@_V_197', 'E_56_@_4', """
    """'E_57_@_V_123', 'E_125']",E_173""",
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "patients_own.csv").write_text("\n".join([HEAD, *ROWS]), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def mapping(light):
    return Mapping.load(light.knowledge)


@pytest.fixture
def people(folder, mapping):
    return patients(folder, mapping, None, 0)


def test_every_evidence_and_pathology_of_ddxplus_has_its_place(mapping, shared_data):
    """A code that does not exist there would map nothing, unnoticed."""
    folder = shared_data / "ddxplus"
    evidences = (folder / "release_evidences.json").read_text(encoding="utf-8")
    conditions = (folder / "release_conditions.json").read_text(encoding="utf-8")
    terms = [term for rule in (*mapping.rules, *mapping.denials) for term in rule.terms]
    for term in terms:
        assert f'"{term.evidence}"' in evidences
        assert all(f'"{code}"' in evidences for code in term.codes)
    assert len(mapping.conditions) == 49
    assert all(pathology[:9] in conditions for pathology in mapping.conditions)


def test_evidences_become_findings(mapping, people):
    cold, heart, reflux = people
    assert {"nasal_congestion", "cough", "sore_throat", "contact_sick_similar"} <= mapping.present(
        cold
    )
    assert "travel_recent" in mapping.absent(cold)
    told = mapping.present(heart)
    assert {"chest_pain_crushing", "chest_pain_radiating_arm", "pain_severe"} <= told
    assert "chest_pain" in told  # implied
    assert "hx_vaccination_incomplete" in mapping.absent(heart)
    assert "hx_vaccination_incomplete" not in mapping.absent(reflux)
    assert "abdominal_pain_epigastric" in mapping.present(reflux)
    assert "chest_pain_crushing" in mapping.absent(reflux)


def test_what_the_data_cannot_tell_is_neither_there_nor_denied(mapping, people):
    unknown = set(mapping.knowledge.findings) - mapping.vocabulary
    below = {f for f in unknown if not mapping.knowledge.ancestors(f) & mapping.vocabulary}
    for patient in people:
        assert not below & mapping.absent(patient)


def test_opening_tells_the_first_complaint_only(mapping, people):
    cold, heart, _ = people
    assert mapping.opening(cold) == ("nasal_congestion", "runny_nose")
    assert mapping.opening(heart) == ("chest_pain",)


def test_answers_follow_the_evidences(light, mapping, people):
    player = Player(light, mapping)
    named = ("cough", "fever", "hx_gallstones")
    asked = Question(id="x", kind=QuestionKind.CHOOSE_MANY, findings=named)
    answers = dict(player.answer(asked, people[0]).answers)
    assert answers == {
        "cough": Assertion.PRESENT,
        "fever": Assertion.ABSENT,
        "hx_gallstones": Assertion.UNKNOWN,
    }
    quiet = Player(light, mapping, denies=False)
    assert dict(quiet.answer(asked, people[0]).answers)["fever"] is Assertion.UNKNOWN
    scale = Question(id="how_bad", kind=QuestionKind.SCALE, findings=("chest_pain",))
    assert player.answer(scale, people[1]).severity == 9
    assert player.answer(scale, people[0]).kind is TurnKind.SKIP


@pytest.mark.parametrize("language", list(Language))
def test_three_patients_are_played_to_their_advice(light, mapping, people, language):
    played = [Player(light, mapping, language).play(p) for p in people]
    assert all(p.questions <= light.decider.max_questions for p in played)
    assert all(0 < p.elicited <= p.evidences for p in played)
    assert played[1].level.is_emergency
    figures = figures_of(played, mapping.conditions)
    assert figures.shares["gtpa_at_5"].hits == 3
    assert 0 < figures.values["ddf1"] <= 1
    assert 0 < figures.values["evidence_recall"] <= 1
    assert "GERD" in misses_table(played, mapping.conditions)


def test_same_patient_gives_the_same_talk(light, mapping, people):
    player = Player(light, mapping)
    assert player.play(people[0]) == player.play(people[0])


def test_pathologies_are_ranked_by_the_belief_in_their_conditions(mapping):
    belief = {"acute_coronary_syndrome": 0.5, "unstable_angina": 0.5, "gerd": 0.2}
    mass = projected(belief, mapping.conditions)
    assert rank_of("Unstable angina", mass) == rank_of("Possible NSTEMI / STEMI", mass) == 1
    assert rank_of("GERD", mass) == 3
    assert rank_of("Croup", mass) is None


def test_the_closed_world_holds_the_pathologies_and_asks_what_can_be_told(mapping):
    """Agents of the benchmark know both lists; a question outside them would be wasted."""
    world = closed(mapping.knowledge, mapping)
    meant = {condition for ids in mapping.conditions.values() for condition in ids}
    askable = {f for f, entry in world.findings.items() if entry.question is not None}
    assert set(world.conditions) == meant
    assert askable <= mapping.vocabulary
    assert set(world.findings) == set(mapping.knowledge.findings)


def test_a_thorough_interview_goes_on_below_an_emergency(light, mapping, people):
    """The benchmark wants the diagnosis; ending with "call an ambulance" would hide it."""
    ready = closed_assistant(light, mapping, max_questions=6)
    played = Player(ready, Mapping.load(ready.knowledge)).play(people[1])
    assert played.level.is_emergency
    assert 3 <= played.questions <= 6


def test_wrong_folder_and_wrong_rows_are_refused(tmp_path, mapping):
    with pytest.raises(InvalidInputError, match="holds no file"):
        patients(tmp_path / "none", mapping, None, 0)
    file = tmp_path / "patients.csv"
    file.write_text(f"{HEAD}\n1,not a list,F,GERD,[],E_53\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="Patient 1 is not a row"):
        patients(tmp_path, mapping, None, 0)
    file.write_text(f"{HEAD}\n1,[],F,Plague,[],E_53\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"not in ddxplus\.yaml"):
        patients(tmp_path, mapping, None, 0)


def test_mapping_with_a_wrong_id_is_refused(knowledge):
    empty = {"groups": {}, "findings": {}, "absent": {}, "conditions": {}}
    for wrong in (
        {"findings": {"E_1": ["no_such_finding"]}},
        {"conditions": {"GERD": ["no_such_condition"]}},
        {"findings": {"E_1@nowhere": ["cough"]}},
        {"findings": {"fever": ["fever"]}},
    ):
        with pytest.raises(KnowledgeError, match=r"ddxplus\.yaml"):
            Mapping(empty | wrong, knowledge)
