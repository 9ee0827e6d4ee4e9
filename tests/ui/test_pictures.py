"""Pictures on the page, from choosing a file to fading its heatmap, over a model trained here."""

import os
import re
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.imaging.conftest import backbone_dir, folder, model  # noqa: F401 (fixtures)
from tests.portal.pictures import NAME, dicom, series
from tests.ui.conftest import framed, served
from tests.ui.drawings import cat, fitted_gate, lungs, png, text_page
from tests.ui.patient import InFrame, Patient
from tests.ui.scripts import BRIGHT, HANDED
from tests.ui.test_page import faint_texts, nameless_controls, small_targets

pytestmark = pytest.mark.browser
REFUSED = "console: Failed to load resource"  # the browser's own line on an answer of 4xx


@pytest.fixture(scope="session")
def seeing(ui_service, ui_settings, model, backbone_dir, tmp_path_factory):  # noqa: F811
    """Return an app that looks at pictures: the real looker, gate and network."""
    from assistant.imaging.eyes import Eyes
    from assistant.imaging.looking import Looker
    from assistant.portal import create_app
    from assistant.records.picture import Modality
    from assistant.service import ConsultationService
    from assistant.store import Store
    from assistant.ui.mounting import mount_chat

    gate = fitted_gate(backbone_dir)
    looker = Looker(lambda: gate, {Modality.CHEST_XRAY: lambda: model})
    settings = ui_settings.model_copy(update={"max_picture_bytes": 2_000_000})
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('seen')}/consultations.db")
    service = ConsultationService(ui_service.assistant, store, settings, Eyes(lambda: looker))
    yield mount_chat(create_app(service, settings), service, settings)
    service.close()


@pytest.fixture(scope="session")
def seeing_address(seeing):
    with served(seeing) as address:
        yield address


@pytest.fixture
def shower(browser, seeing_address):
    """Return a function that opens the page as somebody with a child who is ill."""
    opened = []

    def open_page(width=1280, height=900, language="en", **options) -> Patient:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        patient = Patient(context.new_page(), seeing_address)
        opened.append((context, patient))
        if language == "zh":
            patient.page.locator("[data-language=zh]").click()
        patient.begin(age="5", sex="male", other=True)
        return patient

    yield open_page
    for context, patient in opened:
        context.close()
        assert [c for c in patient.complaints if not c.startswith(REFUSED)] == []


def file(name: str, data: bytes, kind: str = "") -> dict[str, object]:
    """Return a file as a browser's chooser hands it over."""
    return {"name": name, "mimeType": kind, "buffer": data}


def choose(patient: Patient, name: str, data: bytes, kind: str = "") -> None:
    """Open the sheet and choose a file."""
    patient.page.locator("#an-add").click()
    patient.page.locator("#an-picture-file").set_input_files(file(name, data, kind))


def see(patient: Patient) -> None:
    """Wait until the picture is shown."""
    patient.page.wait_for_selector('#an-picture[data-stage="preview"]', timeout=30_000)


def send(patient: Patient) -> None:
    """Send it, and wait for the reply."""
    before = patient.turns
    patient.page.locator("[data-do=picture-send]").click()
    patient.wait_for_turn_after(before)


def kept_size(patient: Patient) -> tuple[int, int]:
    """Return the size of the copy that the server kept of the last picture."""
    image = patient.page.locator("#an-chat .an-seen-frame img").first
    expect(image).to_be_visible()
    return tuple(image.evaluate("e => [e.naturalWidth, e.naturalHeight]"))


def test_a_picture_is_turned_cropped_sent_and_explained(shower):
    """What is sent is what was seen; the answer shows where the program looked, and its limits."""
    patient = shower()
    page = patient.page
    choose(patient, "chest.png", lungs(ill=True), "image/png")
    see(patient)
    page.locator("[data-do=picture-left]").click()
    expect(page.locator("#an-picture-live")).to_contain_text("270 degrees")
    corner = page.locator("[data-grip=se]").bounding_box()
    box = page.locator("#an-canvas").bounding_box()
    assert box["height"] > box["width"], "a lying picture stands after a quarter turn"
    page.mouse.move(corner["x"] + 22, corner["y"] + 22)
    page.mouse.down()
    page.mouse.move(corner["x"] + 22, corner["y"] + 22 - box["height"] * 0.3, steps=4)
    page.mouse.up()
    expect(page.locator("#an-picture-live")).to_contain_text("70 % of the height")
    page.locator("[data-do=picture-right]").click()
    page.locator("[data-do=picture-whole]").click()
    page.locator("[data-grip=nw]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#an-picture-live")).to_contain_text("90 % of the width")
    assert small_targets(page) == []
    assert nameless_controls(page) == []
    send(patient)
    width, height = kept_size(patient)
    assert (width, height) == (512, round(512 * 480 / 540))
    reply = page.locator("#an-chat .bot-row").filter(has=page.locator(".an-seen"))
    expect(reply).to_contain_text("This looks like a chest X-ray")
    expect(reply).to_contain_text("the shadow of a pneumonia")
    chat = page.locator("#an-chat")
    expect(chat).to_contain_text("It is not for adults or babies, and cannot rule pneumonia out")
    limits = chat.locator(".an-seen details")
    expect(limits.locator("p").first).to_be_hidden()
    limits.locator("summary").click()
    expect(limits).to_contain_text("telling a viral from a bacterial infection")
    heat, slider = page.locator(".an-seen-heat"), page.get_by_label("Where the program looked")
    expect(heat).to_have_css("opacity", "0.45")
    slider.focus()
    page.keyboard.press("Home")
    expect(heat).to_have_css("opacity", "0")
    page.keyboard.press("ArrowRight")
    expect(heat).to_have_css("opacity", "0.05")
    expect(slider).to_have_attribute("aria-valuetext", "5 % shown")
    assert nameless_controls(page) == []
    assert small_targets(page) == []


def test_what_was_read_can_be_set_right_or_left_out(shower):
    """The case lists it with its words; left out, the picture is gone from talk and server."""
    patient = shower()
    page = patient.page
    choose(patient, "chest.png", lungs(ill=True), "image/png")
    see(patient)
    send(patient)
    kept = page.locator(".an-kept")
    expect(kept).to_contain_text("shadow of a pneumonia")
    kept.locator("summary").click()
    expect(kept).to_contain_text("It is not for adults")
    entry = page.locator('.an-entry[data-concept="xray_consolidation"]')
    expect(entry).to_contain_text("Read in your picture")
    source = page.locator("#an-chat .an-seen-frame img").first.get_attribute("src")
    assert page.request.get(page.url + source).status == 200
    patient.press("[data-leave-out]")
    expect(kept).to_have_count(0)
    expect(entry).to_have_count(0)
    expect(page.locator("#an-chat .an-seen")).to_have_count(0)
    assert page.request.get(page.url + source).status == 404


def test_a_scan_is_seen_in_another_window(shower):
    """The server draws it anew for a preset and for a slider; its name is in no answer."""
    patient = shower()
    page = patient.page
    answers = []
    page.on("response", lambda answer: answers.append(answer) if "previews" in answer.url else None)
    choose(patient, "ct.dcm", dicom(6))
    see(patient)
    soft = page.evaluate(BRIGHT)
    page.locator("#an-preset").select_option(label="Lung")
    page.wait_for_function(f"({BRIGHT})() > {soft} + 10")
    expect(page.locator("#an-width-now")).to_have_text("1500")
    page.locator("#an-level").focus()
    page.keyboard.press("End")
    page.wait_for_function(f"({BRIGHT})() < 30")
    assert page.locator("#an-preset").input_value() == "own"
    page.locator("#an-preset").select_option(label="As stored")
    page.wait_for_function(f"Math.abs(({BRIGHT})() - {soft}) < 2")
    assert NAME.encode() not in b"".join(answer.body() for answer in answers if answer.ok)
    send(patient)
    expect(page.locator("#an-chat .bot-row").last).to_be_visible()
    expect(page.locator("#an-chat")).to_contain_text("nothing here judges that kind")


def test_a_series_is_leafed_through(shower):
    """A slider goes from slice to slice and tells which one is shown."""
    patient = shower(390, 844, has_touch=True, is_mobile=True)
    page = patient.page
    choose(patient, "scan.zip", series(6), "application/zip")
    see(patient)
    slider = page.locator("#an-slice")
    expect(slider).to_have_attribute("aria-valuetext", "4 of 6")
    middle = page.evaluate(BRIGHT)
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "1 of 6")
    page.wait_for_function(f"({BRIGHT})() > {middle} + 1")  # the lungs are smaller there
    assert small_targets(page) == []
    send(patient)
    assert patient.turns == 1


@pytest.mark.parametrize("drawn", [cat, text_page], ids=["a cat", "a page of text"])
def test_what_is_no_scan_is_refused_in_words(shower, drawn):
    """And nothing of it comes into the case."""
    patient = shower()
    patient.say("He has had a cough for two days")
    entries = patient.page.locator(".an-case [data-concept]").count()
    choose(patient, "picture.png", png(drawn(3)), "image/png")
    see(patient)
    send(patient)
    said = patient.page.locator("#an-chat .bot-row").all_inner_texts()
    assert any("picture" in words and "changes nothing" in words for words in said[-3:]), said[-3:]
    assert patient.page.locator(".an-case [data-concept]").count() == entries
    expect(patient.page.locator(".an-seen, .an-kept")).to_have_count(0)


def test_a_wrong_or_too_large_file_is_refused_before_it_is_sent(shower):
    """In the sheet, in words, with the limit told beforehand; the talk is as it was."""
    patient = shower()
    page = patient.page
    page.locator("#an-text").fill("half a sentence")
    page.locator("#an-add").click()
    expect(page.locator("#an-picture-limits")).to_contain_text("at most 2 MB")
    chosen = page.locator("#an-picture-file")
    error = page.locator("#an-picture-error")
    chosen.set_input_files(file("letter.txt", b"Dear doctor,\n" * 50, "text/plain"))
    expect(error).to_contain_text("This is a text, not a picture")
    chosen.set_input_files(file("large.dcm", b"\0" * 2_000_001))
    expect(error).to_contain_text("too large: at most 2 MB")
    chosen.set_input_files(file("broken.png", lungs()[:400], "image/png"))
    expect(error).to_contain_text("damaged")
    chosen.set_input_files(file("good.png", lungs(), "image/png"))
    see(patient)
    expect(error).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#an-picture")).to_be_hidden()
    expect(page.locator("#an-text")).to_have_value("half a sentence")
    assert patient.turns == 0


def test_a_lost_server_loses_no_picture(shower):
    """It stays in the sheet, and goes when the server is back."""
    patient = shower()
    page = patient.page
    choose(patient, "chest.png", lungs(), "image/png")
    see(patient)
    page.route(re.compile("/previews"), lambda route: route.abort())
    page.locator("[data-do=picture-send]").click()
    expect(page.locator("#an-picture-error")).to_contain_text("No answer from the server")
    page.unroute_all()
    send(patient)
    expect(page.locator("#an-chat .an-seen")).to_have_count(1)


def test_a_phone_in_chinese(shower):
    """Camera, words, sizes and contrasts on a phone at night."""
    patient = shower(
        390, 844, "zh", has_touch=True, is_mobile=True, color_scheme="dark", locale="zh-CN"
    )
    page = patient.page
    page.locator("#an-add").click()
    camera = page.locator("[data-do=picture-camera]")
    expect(camera).to_have_text("拍照")
    assert page.locator("#an-picture-camera").get_attribute("capture") == "environment"
    assert small_targets(page) == []
    assert faint_texts(page) == []
    with page.expect_file_chooser() as chooser:
        camera.click()
    chooser.value.set_files(file("photo.png", lungs(), "image/png"))
    see(patient)
    assert small_targets(page) == []
    assert faint_texts(page) == []
    send(patient)
    expect(page.locator("#an-chat")).to_contain_text("这看起来是胸部X光片")
    expect(page.get_by_label("程序看了哪里")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert small_targets(page) == []
    assert faint_texts(page) == []
    page.locator(".an-tabs [data-view=case]").click()
    expect(page.locator(".an-kept")).to_contain_text("肺炎样的阴影")
    assert small_targets(page) == []
    assert faint_texts(page) == []


def test_buttons_never_stand_without_their_question(shower):
    """Below a picture the question lies out of sight: "yes" is not about the picture."""
    patient = shower(390, 844, has_touch=True, is_mobile=True)
    page = patient.page
    patient.say("He has had a cough and a fever for two days")
    echo = page.locator("#an-dock-question")
    expect(echo).to_be_hidden()
    choose(patient, "chest.png", lungs(), "image/png")
    see(patient)
    send(patient)
    expect(echo).to_be_visible()
    question = page.locator('#an-chat [data-testid="bot"]').last
    expect(question).to_contain_text(echo.inner_text())
    question.scroll_into_view_if_needed()
    expect(echo).to_be_hidden()


def test_keyboard_alone_is_enough(shower):
    """From the button to the heatmap without a pointer; Escape would leave at any time."""
    patient = shower()
    page = patient.page
    keys = page.keyboard
    before = patient.turns
    reach(page, "e => e.id === 'an-add'", back=True)
    keys.press("Enter")
    reach(page, "e => e.dataset.do === 'picture-choose'")
    # Headless Chromium opens no chooser for Enter, on a bare page either: that it was asked counts.
    page.evaluate(
        """document.querySelector('#an-picture-file').addEventListener('click',
           (event) => { event.preventDefault(); window.asked = true; })"""
    )
    keys.press("Enter")
    page.wait_for_function("window.asked")
    page.locator("#an-picture-file").set_input_files(file("chest.png", lungs(), "image/png"))
    see(patient)
    reach(page, "e => e.dataset.grip === 'se'")
    keys.press("Shift+ArrowUp")
    expect(page.locator("#an-picture-live")).to_contain_text("90 % of the height")
    reach(page, "e => e.dataset.do === 'picture-right'")
    for _ in range(4):  # and upright again: a chest on its side is foreign to the gate
        keys.press("Enter")
    reach(page, "e => e.dataset.do === 'picture-send'")
    keys.press("Enter")
    patient.wait_for_turn_after(before)
    expect(page.locator("[data-heat]")).to_be_visible()
    reach(page, "e => Boolean(e.dataset.heat)", back=True)
    keys.press("End")
    expect(page.locator(".an-seen-heat")).to_have_css("opacity", "1")


def reach(page, is_there: str, back: bool = False) -> None:
    """Go on with Tab until the focus is where it should be."""
    for _ in range(60):
        if page.evaluate(f"({is_there})(document.activeElement)"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"the focus never came to {is_there}")


def test_a_picture_is_dropped_or_pasted(shower):
    """On the talk, where somebody would let go of it."""
    patient = shower()
    page = patient.page
    handed = ["chest.png", "image/png", b64encode(lungs()).decode()]
    page.evaluate(HANDED, ["dragover", *handed])
    expect(page.locator(".an-drop")).to_be_visible()
    page.evaluate(HANDED, ["drop", *handed])
    see(patient)
    expect(page.locator(".an-drop")).to_be_hidden()
    page.locator("[data-do=picture-close]").click()
    page.evaluate(HANDED, ["paste", *handed])
    see(patient)
    send(patient)
    expect(page.locator("#an-chat .an-seen")).to_have_count(1)


def test_a_picture_is_shown_within_a_portal(browser, seeing_address):
    """In an iframe of another origin, with no permission given to it."""
    context = browser.new_context()
    with framed(seeing_address) as portal:
        patient = InFrame(context.new_page(), portal)
        patient.begin(age="5", sex="male", other=True)
        choose(patient, "chest.png", lungs(), "image/png")
        see(patient)
        send(patient)
        expect(patient.page.locator("#an-chat .an-seen-heat")).to_be_visible()
    context.close()


def test_storage_of_the_browser_holds_no_picture(shower):
    """Only the consultation's id may stay in the tab; a reload shows the picture again."""
    patient = shower()
    page = patient.page
    choose(patient, "chest.png", lungs(), "image/png")
    see(patient)
    send(patient)
    page.reload()
    patient.expect_screen("talk")
    patient.settle()
    expect(page.locator("#an-chat .an-seen-heat")).to_be_visible()
    stored = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "image" not in stored
    assert len(stored) < 500
    assert not list(Path(os.environ["GRADIO_TEMP_DIR"]).rglob("*.png")), "in Gradio's open cache"
