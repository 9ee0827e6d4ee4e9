"""The shipped brain model in a consultation: what it names in a healthy brain, nobody gets to read.

Heads drawn by code, which the shipped gate lets pass, and pictures of the development data, which
are no part of the project: the tests that need those skip where they are not.
"""

import re
import tarfile

import pytest

from assistant.assembly import build_eyes
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.picture import Verdict
from assistant.records.terms import Assertion, Language
from assistant.service import ConsultationService
from tests.pictures.confirming import ASKED, CANNOT, EN, FOUND, KINDS, READER, TOLD, ZH
from tests.ui.drawings import brain

EACH = 4  # pictures of a kind, evenly out of the archive


@pytest.fixture(scope="module")
def slices(shared_data):
    """Return pictures of healthy heads, and of heads with a tumour, as files."""
    archive = shared_data / "images" / "brain_mri.tar"
    with tarfile.open(archive) as tar:
        names = sorted(m.name for m in tar if m.name.endswith(".jpg"))
        found = {}
        for kind in ("no_tumor", "glioma", "meningioma", "pituitary"):
            of_kind = [name for name in names if name.startswith(kind)]
            chosen = of_kind[:: len(of_kind) // EACH][:EACH]
            found[kind] = [tar.extractfile(name).read() for name in chosen]
    return found


@pytest.fixture
def service(assistant, store, settings, cache):
    kept = settings.model_copy(update={"data_dir": cache})
    return ConsultationService(assistant, store, settings, build_eyes(kept))


def shown(service, data, language):
    identity = service.open(Profile(age_years=45, language=language)).consultation.id
    service.turn(identity, Turn(kind=TurnKind.SAY, text=TOLD[language]))
    return identity, service.show(identity, service.eyes.open(data))


def words(reply):
    return "\n".join(m.text for m in reply.messages)


@pytest.mark.parametrize("language", [EN, ZH])
def test_a_drawn_healthy_head_is_never_told_to_hold_a_tumour(service, language):
    """The shipped model calls it likely; nobody gets to read that without a doctor's finding."""
    identity, asked = shown(service, brain(seed=11), language)

    assert asked.reading.refused is None
    assert asked.reading.findings[0].verdict is Verdict.LIKELY, "the fault is not seen in it"
    assert asked.messages[-1].text == ASKED[language]
    denied = ((FOUND, Assertion.ABSENT),)
    after = service.turn(identity, Turn(kind=TurnKind.ANSWER, answers=denied))
    assert READER[language] in words(after)
    for reply in (asked, after):
        assert CANNOT[language] in words(reply)
        assert not KINDS.search(words(reply))


@pytest.mark.parametrize("language", [EN, ZH])
def test_a_drawn_tumour_that_a_doctor_found_is_spoken_of(service, language):
    identity, asked = shown(service, brain(growth=True), language)

    assert not KINDS.search(words(asked))
    told = ((FOUND, Assertion.PRESENT),)
    after = service.turn(identity, Turn(kind=TurnKind.ANSWER, answers=told))

    assert re.search("looks most like|最像", words(after))
    assert KINDS.search(words(after))


@pytest.mark.parametrize("language", [EN, ZH])
def test_a_healthy_brain_is_never_told_to_hold_a_tumour(service, slices, language):
    """The model is sure of one in some of them; the talk says that it cannot tell, and asks."""
    sure = 0
    for data in slices["no_tumor"]:
        identity, asked = shown(service, data, language)
        if asked.reading.refused is not None:
            continue
        sure += any(f.verdict is Verdict.LIKELY for f in asked.reading.findings)
        assert asked.messages[-1].text == ASKED[language]
        denied = ((FOUND, Assertion.ABSENT),)
        after = service.turn(identity, Turn(kind=TurnKind.ANSWER, answers=denied))
        for reply in (asked, after):
            assert CANNOT[language] in words(reply)
            assert not KINDS.search(words(reply))
            assert not any(r.kind == "picture" for r in reply.triage.reasons)
        assert READER[language] in words(after)
    assert sure, "the fault that this guards against is not seen in these pictures any more"


@pytest.mark.parametrize("language", [EN, ZH])
def test_a_tumour_that_a_doctor_found_is_spoken_of(service, slices, language):
    spoken = 0
    for data in (*slices["glioma"], *slices["meningioma"], *slices["pituitary"]):
        identity, asked = shown(service, data, language)
        if asked.reading.refused is not None:
            continue
        assert not KINDS.search(words(asked))
        told = ((FOUND, Assertion.PRESENT),)
        after = service.turn(identity, Turn(kind=TurnKind.ANSWER, answers=told))
        likely = any(f.verdict is Verdict.LIKELY for f in asked.reading.findings)
        spoken += likely
        assert bool(re.search("looks most like|最像", words(after))) == likely
    assert spoken, "it named a kind in none of them"


def test_all_of_it_in_the_language_of_the_talk(service, slices):
    _, asked = shown(service, slices["glioma"][0], Language.CHINESE)

    assert not re.search(r"[a-zA-Z]{4}", words(asked))
