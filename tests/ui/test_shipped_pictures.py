"""The page with the models that ship: pictures dropped, read, explained, or refused.

Drawings are made here; real pictures are development data and no part of the project, and what
needs them skips where they are not.
"""

import io
import os
import re
import tarfile
from base64 import b64encode
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.ui.conftest import served
from tests.ui.drawings import brain, cat, film, png
from tests.ui.patient import Patient
from tests.ui.test_page import faint_texts, nameless_controls, small_targets
from tests.ui.test_pictures import HANDED, REFUSED, see, send

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ANAMNESIS_TEST_SHOTS", "")  # a folder for screenshots, to be looked at
WORDS = {
    "en": {
        "chest": "This looks like a chest X-ray",
        "pneumonia": "the shadow of a pneumonia",
        "skin": "a close-up of the skin through a dermatoscope",
        "harmless": "cannot show that a spot is harmless",
        "heat": "Where the program looked",
        "for": "What this is for, and what it is not for",
        "card": "About this model",
        "refused": "This picture changes nothing",
        "asked": "Has a doctor already found a tumour on this scan?",
        "cannot": "cannot tell whether there is a tumour",
        "radiologist": "A radiologist should read it",
    },
    "zh": {
        "chest": "这看起来是胸部X光片",
        "pneumonia": "肺炎样的阴影",
        "skin": "皮肤镜照片",
        "harmless": "不能",
        "heat": "程序看了哪里",
        "for": "这有什么用",
        "card": "关于这个模型",
        "refused": "这张图不会改变",
        "asked": "医生有没有已经在这张片子上发现肿瘤？",
        "cannot": "判断不了有没有肿瘤",
        "radiologist": "应由放射科医生阅片",
    },
}
TOLD = {
    "cough": {"en": "He has had a cough and a fever for two days", "zh": "孩子咳嗽发烧两天了"},
    "mole": {"en": "A mole on my arm has changed its colour", "zh": "我手臂上的痣变了颜色"},
    "head": {"en": "I have had a headache for two weeks", "zh": "我头痛两个星期了"},
}
KINDS = re.compile("glioma|meningioma|pituitary|胶质|脑膜|垂体")
languages = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.fixture(scope="session")
def real_pictures(shared_data):
    """Return the first picture of a kind from each archive, as a file."""

    def first(archive: str, begins: str) -> bytes:
        with tarfile.open(shared_data / "images" / archive) as tar:
            name = min(m.name for m in tar if m.name.startswith(begins))
            return tar.extractfile(name).read()

    return {
        "chest": first("chest_xray.tar", "PNEUMONIA/"),
        "skin": first("dermoscopy.tar", "mel/"),
        "brain": first("brain_mri.tar", "no_tumor/"),
    }


@pytest.fixture(scope="session")
def shipped_address(ui_service, ui_settings, cache, tmp_path_factory):
    """Serve the page with gate and models as they ship."""
    from assistant.assembly import build_eyes
    from assistant.portal import create_app
    from assistant.service import ConsultationService
    from assistant.store import Store
    from assistant.ui.mounting import mount_chat

    eyes = build_eyes(ui_settings.model_copy(update={"data_dir": cache}))
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('shipped')}/consultations.db")
    service = ConsultationService(ui_service.assistant, store, ui_settings, eyes)
    app = mount_chat(create_app(service, ui_settings), service, ui_settings)
    with served(app) as address:
        yield address
    service.close()


@pytest.fixture
def shower(browser, shipped_address):
    """Return a function that opens the page as a new visitor and tells a complaint."""
    opened = []

    def open_page(language, told, age="45", other=False, **options) -> Patient:
        size = {"width": options.pop("width", 1280), "height": options.pop("height", 900)}
        context = browser.new_context(viewport=size, **options)
        patient = Patient(context.new_page(), shipped_address)
        opened.append((context, patient))
        patient.page.set_default_timeout(60_000)
        if language == "zh":
            patient.page.locator("[data-language=zh]").click()
        patient.begin(age=age, sex="male", other=other)
        patient.say(TOLD[told][language])
        return patient

    yield open_page
    for context, patient in opened:
        context.close()
        assert [c for c in patient.complaints if not c.startswith(REFUSED)] == []


def drop(patient: Patient, name: str, data: bytes, kind: str = "image/jpeg") -> None:
    """Drop a file on the talk, and send it."""
    handed = [name, kind, b64encode(data).decode()]
    patient.page.evaluate(HANDED, ["dragover", *handed])
    patient.page.evaluate(HANDED, ["drop", *handed])
    see(patient)
    shot(patient, "before-sending")
    send(patient)


def shot(patient: Patient, name: str) -> None:
    """Take a screenshot where somebody wants to look at it."""
    if SHOTS:
        test = re.sub(r"\W+", "-", os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0])
        patient.page.wait_for_timeout(700)
        patient.page.screenshot(path=f"{SHOTS}/{test}{name}.png")


def explained(patient: Patient, words: dict[str, str]) -> None:
    """Expect the heatmap with its slider, what it is for, and the card, which opens as a page."""
    page, chat = patient.page, patient.page.locator("#an-chat")
    slider, heat = page.get_by_label(words["heat"]), page.locator(".an-seen-heat")
    expect(heat).to_have_css("opacity", "0.45")
    slider.focus()
    page.keyboard.press("Home")
    expect(heat).to_have_css("opacity", "0")
    page.keyboard.press("End")
    expect(heat).to_have_css("opacity", "1")
    shot(patient, "heat")
    fold = chat.locator(".an-seen details")
    expect(fold.locator("summary")).to_contain_text(words["for"])
    fold.locator("summary").click()
    link = fold.locator(".an-card-link")
    expect(link).to_contain_text(words["card"])
    shot(patient, "explained")
    with page.context.expect_page() as card:
        link.click()
    expect(card.value.locator("h1").first).to_be_visible()
    card.value.close()
    assert small_targets(page) == []
    assert nameless_controls(page) == []
    assert faint_texts(page) == []


@languages
def test_a_chest_xray_with_pneumonia(shower, real_pictures, language):
    words = WORDS[language]
    patient = shower(language, "cough", age="4", other=True)
    drop(patient, "chest.jpg", real_pictures["chest"])
    chat = patient.page.locator("#an-chat")
    expect(chat).to_contain_text(words["chest"])
    expect(chat).to_contain_text(words["pneumonia"])
    expect(patient.page.locator("#an-dock-question")).to_be_visible()
    shot(patient, "seen")
    explained(patient, words)
    kept = patient.page.locator(".an-kept")
    expect(kept).to_contain_text(words["pneumonia"])
    kept.scroll_into_view_if_needed()
    shot(patient, "case")


@languages
def test_a_drawn_film(shower, language):
    """No picture of anybody, but one that the gate lets pass: it stands in the documentation."""
    patient = shower(language, "cough", age="4", other=True)
    drop(patient, "film.png", film(), "image/png")
    expect(patient.page.locator("#an-chat")).to_contain_text(WORDS[language]["pneumonia"])
    explained(patient, WORDS[language])


@languages
def test_a_drawn_head(shower, language):
    """What the shipped model names in it is shown after a yes, and not before."""
    patient = shower(language, "head")
    page, words = patient.page, WORDS[language]
    drop(patient, "head.png", brain(growth=True), "image/png")
    chat = page.locator("#an-chat")
    expect(chat).to_contain_text(words["asked"])
    expect(page.locator(".an-seen-heat, [data-heat]")).to_have_count(0)
    assert not KINDS.search(chat.inner_text())
    patient.press("#an-dock .an-answer >> nth=0")
    expect(chat).to_contain_text(KINDS)
    expect(page.get_by_label(words["heat"])).to_be_visible()
    shot(patient, "spoken")


@languages
def test_a_spot_through_a_dermatoscope(shower, real_pictures, language):
    words = WORDS[language]
    patient = shower(
        language, "mole", width=390, height=844, has_touch=True, is_mobile=True, locale="en-GB"
    )
    drop(patient, "spot.jpg", real_pictures["skin"])
    chat = patient.page.locator("#an-chat")
    expect(chat).to_contain_text(words["skin"])
    expect(chat).to_contain_text(words["harmless"])
    shot(patient, "seen")
    explained(patient, words)
    assert patient.page.evaluate("document.documentElement.scrollWidth") <= 390
    patient.page.locator(".an-tabs [data-view=case]").click()
    expect(patient.page.locator(".an-kept")).to_contain_text(words["skin"])
    patient.page.locator(".an-kept").scroll_into_view_if_needed()
    shot(patient, "case")


@languages
def test_a_healthy_brain_shows_no_tumour(shower, real_pictures, language):
    """Asked first; after "no" neither talk nor case names a kind, and there is no heatmap."""
    words = WORDS[language]
    patient = shower(language, "head")
    page = patient.page
    drop(patient, "brain.jpg", real_pictures["brain"])
    chat = page.locator("#an-chat")
    expect(chat).to_contain_text(words["cannot"])
    expect(chat).to_contain_text(words["asked"])
    shot(patient, "asked")
    patient.press("#an-dock .an-answer >> nth=1")
    expect(chat).to_contain_text(words["radiologist"])
    shot(patient, "denied")
    kept = page.locator(".an-kept")
    expect(kept).to_contain_text(words["cannot"])
    kept.scroll_into_view_if_needed()
    shot(patient, "case")
    told = chat.inner_text() + kept.inner_text()
    assert not KINDS.search(told)
    expect(page.locator(".an-seen-heat, [data-heat]")).to_have_count(0)
    entry = page.locator('.an-entry[data-concept="brain_tumor_found"]')
    entry.locator("summary").first.click()
    patient.press('.an-entry[data-concept="brain_tumor_found"] [data-correct=present]')
    expect(kept).to_contain_text(KINDS)
    expect(page.get_by_label(words["heat"])).to_be_visible()
    shot(patient, "corrected")


@languages
@pytest.mark.parametrize("what", ["photo", "logo", "drawing"])
def test_what_is_no_scan_is_refused_in_words(shower, language, what):
    patient = shower(language, "cough", age="4", other=True)
    drop(patient, f"{what}.png", _no_scan(what), "image/png")
    expect(patient.page.locator("#an-chat")).to_contain_text(WORDS[language]["refused"])
    expect(patient.page.locator(".an-seen, .an-kept")).to_have_count(0)
    shot(patient, "refused")


def _no_scan(what: str) -> bytes:
    """Return a photo of a temple (scikit-learn's), the logo of this page, or a drawn cat."""
    if what == "photo":
        from sklearn.datasets import load_sample_image

        return png(load_sample_image("china.jpg"))
    if what == "drawing":
        return png(cat(3))
    icon = Path(__file__).parents[2] / "assistant" / "ui" / "static" / "icon.png"
    with Image.open(io.BytesIO(icon.read_bytes())) as image:
        return png(image.convert("RGB"))
