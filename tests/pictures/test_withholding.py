"""What is withheld: by the setting of a task and not by its name, over REST, and in `look`."""

import json
from dataclasses import replace

import pytest

from assistant.dialogue.telling import PictureTeller
from assistant.knowledge import Knowledge, sights_of, withheld
from assistant.knowledge.checking_pictures import check_imaging
from assistant.knowledge.schema import Compares
from assistant.records.case import Case
from assistant.records.finding import Finding, Origin
from assistant.records.picture import ImageReading, Modality, SeenPicture, Withheld
from assistant.records.terms import Assertion, Experiencer, Language
from tests.pictures.brains import head
from tests.pictures.confirming import eyes  # noqa: F401 (a fixture)
from tests.pictures.spots import finding, png

FOUND = "brain_tumor_found"
BASE = "/api/v1/consultations"
KIND = {"content-type": "image/png"}


def case_of(*readings, **answered):
    told = Finding(concept=FOUND, evidence="", **answered) if answered else None
    seen = tuple(SeenPicture(turn=n, reading=r) for n, r in enumerate(readings, start=2))
    return Case(findings=(told,) if told else (), readings=seen)


def reading_of(label, task):
    found = (finding(label, 0.9, task=task),)
    return ImageReading(modality=Modality.BRAIN_MRI, modality_probability=0.9, findings=found)


@pytest.mark.parametrize(
    ("answered", "why"),
    [
        ({}, Withheld.UNANSWERED),
        ({"assertion": Assertion.PRESENT, "origin": Origin.ANSWERED}, None),
        ({"assertion": Assertion.PRESENT, "origin": Origin.CORRECTED}, None),
        ({"assertion": Assertion.PRESENT, "origin": Origin.SAID}, Withheld.UNANSWERED),
        ({"assertion": Assertion.PRESENT, "origin": Origin.PICTURE}, Withheld.UNANSWERED),
        ({"assertion": Assertion.ABSENT, "origin": Origin.ANSWERED}, Withheld.DENIED),
        ({"assertion": Assertion.UNKNOWN, "origin": Origin.ANSWERED}, Withheld.UNSURE),
        ({"assertion": Assertion.POSSIBLE, "origin": Origin.ANSWERED}, Withheld.UNSURE),
        (
            {
                "assertion": Assertion.PRESENT,
                "origin": Origin.CORRECTED,
                "experiencer": Experiencer.RELATIVE,
            },
            Withheld.UNANSWERED,
        ),
    ],
)
def test_only_a_yes_of_the_patients_own_lets_a_reading_speak(knowledge, answered, why):
    reading = reading_of("glioma", "brain_tumor")
    case = case_of(reading, **answered)

    assert withheld(reading, case, knowledge) is why
    if why is not None:
        assert sights_of(case, knowledge) == ()


def without_question(knowledge, task_id):
    """Return the knowledge with another task that only tells kinds, and forgot to ask."""
    task = knowledge.imaging[task_id].model_copy(update={"compares": Compares.LABELS})
    imaging = {**knowledge.imaging, task_id: task}
    return Knowledge(knowledge.bundle.model_copy(update={"imaging": imaging}))


def test_the_setting_decides_and_not_the_name(knowledge):
    """A task that compares labels and names nothing to ask is never heard."""
    reading = reading_of("mel", "skin_lesion")

    assert withheld(reading, case_of(reading), knowledge) is None
    changed = without_question(knowledge, "skin_lesion")
    assert withheld(reading, case_of(reading), changed) is Withheld.UNANSWERED


def test_the_lint_wants_a_question_of_every_such_task(knowledge):
    assert list(check_imaging(knowledge)) == []
    found = [str(p) for p in check_imaging(without_question(knowledge, "skin_lesion"))]

    assert any("skin_lesion/confirm" in problem for problem in found)


def test_rest_withholds_and_releases(client):
    opened = f"{BASE}/{client.post(BASE, json={'age_years': 45}).json()['id']}"
    sent = client.post(f"{opened}/turns", content=png(head("glioma")), headers=KIND).json()

    assert sent["picture"]["withheld"] == "unanswered"
    assert sent["picture"]["findings"] == []
    assert sent["picture"]["model"] == "drawn-heads-1"
    assert sent["reply"]["pictures"][0] == sent["picture"]
    assert sent["reply"]["question"]["findings"][0]["id"] == FOUND
    assert "glioma" not in json.dumps(sent)
    assert client.get(f"{opened}/pictures/1/heatmap").status_code == 404
    assert client.get(f"{opened}/pictures/1").status_code == 200
    turn = {"kind": "answer", "answers": {FOUND: "absent"}}
    denied = client.post(f"{opened}/turns", json=turn).json()["reply"]["pictures"][0]
    assert denied["withheld"] == "denied"
    assert "A radiologist should read it" in denied["sentence"]
    assert client.get(f"{opened}/report").json()["pictures"] == [denied]
    turn = {"kind": "correct", "answers": {FOUND: "present"}}
    spoken = client.post(f"{opened}/turns", json=turn).json()["reply"]["pictures"][0]
    assert spoken["withheld"] is None
    assert spoken["findings"][0]["label"] == "glioma"
    assert client.get(f"{opened}/pictures/1/heatmap").status_code == 200


def test_a_look_by_itself_withholds_too(client):
    file = {"content": png(head("glioma")), "headers": KIND}
    silent = client.post("/api/v1/look?heatmap=true", **file).json()

    assert (silent["withheld"], silent["findings"]) == ("unanswered", [])
    assert silent["heatmap"] is None
    spoken = client.post("/api/v1/look?heatmap=true&found=true", **file).json()
    assert spoken["withheld"] is None
    assert spoken["findings"][0]["label"] == "glioma"
    assert spoken["heatmap"].startswith("data:image/webp")


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_told_of_how_steady_an_untold_answer_is(assistant, language):
    """ "One of the answers changes": somebody who was told no answer cannot follow that."""
    teller = PictureTeller(assistant.knowledge, assistant.voice.speaker.phrasing, language)
    reading = replace(reading_of("glioma", "brain_tumor"), notes=("unsteady",))
    note = teller.phrasing.say("picture.notes.unsteady", language)
    assert note in "".join(teller.lines(reading, ()))
    assert note not in "".join(teller.lines(reading, (), "Silent."))
