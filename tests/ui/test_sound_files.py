"""Sound files on the page: chosen, dropped, pasted; really heard, then looked at."""

import re
from base64 import b64encode

import numpy as np
import pytest
from playwright.sync_api import expect

from assistant.records.speech import RATE
from tests.speech.conftest import CLIP
from tests.speech.sounds import encoded, opus_of, video
from tests.ui.conftest import served
from tests.ui.drawings import cat, png
from tests.ui.patient import Patient
from tests.ui.scripts import HANDED
from tests.ui.test_page import faint_texts, nameless_controls, small_targets

pytestmark = pytest.mark.browser
REFUSED = "console: Failed to load resource"  # the browser's own line on an answer of 4xx
WORDS = "crushing chest pain"
LETTER = b"Dear doctor,\n" * 50
SILENCE = encoded(np.zeros(2 * RATE, np.float32), "wav")
LIMIT = 2_000_000  # bytes
INSECURE = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"


def other_page(ui_service, ui_settings, **options):
    """Return the app with other settings."""
    from assistant.portal import create_app
    from assistant.ui.mounting import mount_chat

    settings = ui_settings.model_copy(update=options)
    return mount_chat(create_app(ui_service, settings), ui_service, settings)


@pytest.fixture(scope="module")
def hearing_address(ui_service, ui_settings):
    with served(other_page(ui_service, ui_settings, max_recording_bytes=LIMIT)) as address:
        yield address


@pytest.fixture(scope="module")
def deaf_address(ui_service, ui_settings):
    with served(other_page(ui_service, ui_settings, speech=False)) as address:
        yield address


@pytest.fixture(scope="module")
def blind_address(ui_service, ui_settings):
    with served(other_page(ui_service, ui_settings, imaging=False)) as address:
        yield address


@pytest.fixture
def talker(browser, hearing_address):
    """Return a function that opens the talk of a man of 58."""
    opened = []

    def open_page(language="en", at="", prepare="", width=1280, height=800, **options) -> Patient:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        if prepare:
            page.add_init_script(prepare)
        patient = Patient(page, at or hearing_address)
        opened.append((context, patient))
        if language == "zh":
            page.locator("[data-language=zh]").click()
        patient.begin(age="58", sex="male")
        return patient

    yield open_page
    for context, patient in opened:
        context.close()
        assert [c for c in patient.complaints if not c.startswith(REFUSED)] == []


def choose(patient: Patient, name: str, data: bytes, kind: str = "") -> None:
    """Choose a file with the button."""
    with patient.page.expect_file_chooser() as chooser:
        patient.page.locator('[data-do="sound-choose"]').click()
    chooser.value.set_files({"name": name, "mimeType": kind, "buffer": data})


def hand(patient: Patient, how: str, name: str, kind: str, data: bytes) -> None:
    """Drop or paste a file."""
    patient.page.evaluate(HANDED, [how, name, kind, b64encode(data).decode()])


def heard_in_field(patient: Patient) -> str:
    """Wait for the words to look at; nothing was sent."""
    page = patient.page
    expect(page.locator("#an-look")).to_be_visible(timeout=60_000)
    expect(page.locator("#an-ear")).to_be_hidden()
    expect(page.locator("#an-text")).to_be_focused()
    assert patient.turns == 0
    return page.locator("#an-text").input_value()


def told(patient: Patient, words: str) -> None:
    """Wait for a sentence that explains; no turn was taken and the ears are free."""
    expect(patient.page.locator("#an-notice-words")).to_contain_text(words, timeout=60_000)
    expect(patient.page.locator("#an-ear")).to_be_hidden()
    assert patient.turns == 0


def test_a_chosen_file_is_looked_at_before_it_is_sent(talker):
    """A voice memo of chest pain: words in the field, then Send, then the ambulance."""
    patient = talker()
    page = patient.page
    choose(patient, "memo.ogg", CLIP.read_bytes(), "audio/ogg")
    expect(page.locator("#an-ear-words")).to_contain_text("Writing down")
    expect(page.locator("#an-mic")).to_have_attribute("aria-pressed", "false")
    assert small_targets(page) == []
    assert WORDS in heard_in_field(patient)
    expect(page.locator("#an-chat .user-row")).to_have_count(0)
    page.locator(".an-send").click()
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)
    patient.expect_in(".an-entries.present", "chest pain")


@pytest.mark.parametrize(
    ("how", "name", "kind"),
    [("drop", "memo.ogg", "audio/ogg"), ("drop", "PTT-01.OPUS", ""), ("paste", "a", "audio/ogg")],
)
def test_a_file_is_dropped_or_pasted(talker, how, name, kind):
    """By its type or its name; it stands after what stood in the field."""
    patient = talker()
    page = patient.page
    page.locator("#an-text").fill("Since this morning:")
    hand(patient, "dragover", name, kind, b"")
    expect(page.locator(".an-drop")).to_be_visible()
    hand(patient, "drop" if how == "drop" else "dragleave", name, kind, CLIP.read_bytes())
    if how == "paste":
        hand(patient, "paste", name, kind, CLIP.read_bytes())
    words = heard_in_field(patient)
    assert words.startswith("Since this morning:")
    assert WORDS in words
    expect(page.locator("#an-picture")).to_be_hidden()
    expect(page.locator(".an-drop")).to_be_hidden()


def test_a_picture_still_goes_to_the_studio(talker):
    """Also where its name ends like that of a sound; a sound does not push it away."""
    patient = talker()
    page = patient.page
    hand(patient, "drop", "cat.ogg", "image/png", png(cat(3)))
    page.wait_for_selector('#an-picture[data-stage="preview"]', timeout=30_000)
    hand(patient, "paste", "memo.ogg", "audio/ogg", CLIP.read_bytes())
    expect(page.locator("#an-picture-error")).to_contain_text("sound file, not a picture")
    expect(page.locator("#an-canvas")).to_be_visible()
    expect(page.locator("#an-ear")).to_be_hidden()


ENGLISH = {
    "video": "This is a video",
    "letter": "I cannot listen to this kind",
    "empty": "no sound in this file",
    "long": "at most 300 seconds",
    "large": "at most 2 MB",
    "damaged": "may be damaged",
    "rate": "record it again",
    "silence": "did not catch any words",
}
CHINESE = {
    "video": "这是视频",
    "letter": "这类文件我听不了",
    "empty": "没有声音",
    "long": "最多 300 秒",
    "large": "最多 2 MB",
    "damaged": "可能已损坏",
    "rate": "重新录一次",
    "silence": "没有听清",
}


@pytest.mark.parametrize(("language", "sentences"), [("en", ENGLISH), ("zh", CHINESE)])
def test_what_cannot_be_heard_is_explained_in_the_page_s_language(talker, language, sentences):
    """Each refusal says what to do; what stands in the field stays there."""
    patient = talker(language)
    page = patient.page
    requests = []
    page.on("request", lambda sent: requests.append(sent.url) if "/heard" in sent.url else None)
    page.locator("#an-text").fill("half a sentence")
    tone = (0.3 * np.sin(np.arange(RATE) / 6)).astype(np.float32)
    files = {
        "video": ("talk.webm", video(), "video/webm"),
        "letter": ("letter.txt", LETTER, "text/plain"),
        "long": ("long.ogg", opus_of(0.1), "audio/ogg"),
        "damaged": ("cut.wav", b"RIFF\0\0\0\0WAVE" + b"\0" * 40, "audio/wav"),
        "rate": ("old.wav", encoded(tone, "wav", rate=4_000), "audio/wav"),
        "silence": ("hush.wav", SILENCE, "audio/wav"),
    }
    for case, file in files.items():
        choose(patient, *file)
        told(patient, sentences[case])
    assert len(requests) == len(files)
    choose(patient, "none.wav", b"", "audio/wav")
    told(patient, sentences["empty"])
    choose(patient, "large.wav", bytes(LIMIT + 1), "audio/wav")
    told(patient, sentences["large"])
    assert len(requests) == len(files), "refused before it is sent"
    expect(page.locator("#an-text")).to_have_value("half a sentence")


def test_a_lost_server_loses_nothing(talker):
    """The connection breaks: it is said, and the file can be chosen again."""
    patient = talker()
    page = patient.page
    page.locator("#an-text").fill("Since this morning:")
    page.route(re.compile("/heard"), lambda route: route.abort())
    choose(patient, "memo.ogg", CLIP.read_bytes(), "audio/ogg")
    told(patient, "No answer from the server")
    page.unroute_all()
    choose(patient, "memo.ogg", CLIP.read_bytes(), "audio/ogg")
    words = heard_in_field(patient)
    assert words.startswith("Since this morning:")
    assert WORDS in words


def test_hearing_can_be_cancelled_and_is_done_one_at_a_time(talker):
    """The wrong file: its words never come; starting over takes it away too."""
    patient = talker()
    page = patient.page
    waiting = []
    page.route(re.compile("/heard"), lambda route: waiting.append(route))
    for _ in range(2):
        choose(patient, "memo.ogg", CLIP.read_bytes(), "audio/ogg")
        expect(page.locator("#an-ear")).to_be_visible()
        for control in ("#an-mic", '[data-do="hands-free"]'):
            page.locator(control).click()
            expect(page.locator("#an-notice-words")).to_contain_text("I am still listening")
            expect(page.locator(control)).to_have_attribute("aria-pressed", "false")
        page.locator('[data-do="sound-cancel"]').click()
        expect(page.locator("#an-ear")).to_be_hidden()
        expect(page.locator("#an-notice")).to_be_hidden()
        expect(page.locator("#an-text")).to_be_focused()
    choose(patient, "memo.ogg", CLIP.read_bytes(), "audio/ogg")
    page.locator('[data-do="ask-erase"]').click()
    page.locator('[data-do="erase"]').click()
    patient.expect_screen("start")
    expect(page.locator("#an-ear")).to_be_hidden()
    page.unroute_all()
    assert len(waiting) == 3
    expect(page.locator("#an-text")).to_have_value("")


def test_whoever_is_speaking_is_not_cut_off_by_a_file(talker):
    """The microphone goes on listening; the file is told to wait."""
    patient = talker(prepare="navigator.mediaDevices.getUserMedia = () => new Promise(() => {});")
    page = patient.page
    page.locator("#an-mic").click()
    expect(page.locator("#an-ear-words")).to_contain_text("Getting ready")
    hand(patient, "drop", "memo.ogg", "audio/ogg", CLIP.read_bytes())
    expect(page.locator("#an-notice-words")).to_contain_text("I am still listening")
    expect(page.locator("#an-ear-words")).to_contain_text("Getting ready")
    expect(page.locator('[data-do="sound-cancel"]')).to_be_hidden()
    expect(page.locator("#an-mic")).to_have_attribute("aria-pressed", "true")


def test_a_page_without_a_microphone_offers_to_record_a_file(talker):
    """A phone on an insecure page: the microphone's button opens the chooser, and says why."""
    patient = talker(prepare=INSECURE, width=390, height=844, has_touch=True, is_mobile=True)
    page = patient.page
    with page.expect_file_chooser() as chooser:
        page.locator("#an-mic").click()
    assert chooser.value.element.get_attribute("accept") == "audio/*"
    expect(page.locator("#an-notice-words")).to_contain_text("record a sound file")
    chooser.value.set_files(CLIP)
    expect(page.locator("#an-ear")).to_be_visible()
    expect(page.locator("#an-notice")).to_be_hidden()
    assert small_targets(page) == []
    assert WORDS in heard_in_field(patient)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator('[data-do="hands-free"]').click()
    expect(page.locator("#an-notice-words")).to_contain_text("record a sound file")
    expect(page.locator('[data-do="hands-free"]')).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("language", "name"), [("en", "Sound file"), ("zh", "语音文件")])
def test_the_button_has_a_name_and_a_size(talker, language, name):
    """For eyes, hands, keyboards and screen readers, on a phone."""
    patient = talker(language, width=390, height=844, has_touch=True, is_mobile=True)
    page = patient.page
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible()
    button.focus()
    expect(button).to_be_focused()
    box = button.bounding_box()
    assert box["height"] >= 44
    assert box["width"] >= 44
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.locator("#an-sound-file").get_attribute("aria-label") == name
    assert small_targets(page) == []
    assert nameless_controls(page) == []
    assert faint_texts(page) == []
    page.locator("[data-do=larger]").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert button.bounding_box()["x"] >= 0


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "does not listen to sound files"), ("zh", "不听语音文件")]
)
def test_where_speech_is_off_a_sound_file_is_refused(talker, deaf_address, language, sentence):
    """In words; the talk, the pictures and starting over work as before."""
    patient = talker(language, at=deaf_address)
    page = patient.page
    expect(page.locator("#an-sound-file, #an-mic")).to_have_count(0)
    page.locator("#an-text").fill("half a sentence")
    hand(patient, "drop", "memo.ogg", "audio/ogg", CLIP.read_bytes())
    expect(page.locator("#an-notice-words")).to_contain_text(sentence)
    expect(page.locator("#an-text")).to_have_value("half a sentence")
    hand(patient, "drop", "cat.png", "image/png", png(cat(3)))
    page.wait_for_selector('#an-picture[data-stage="preview"]', timeout=30_000)
    page.locator("[data-do=picture-close]").click()
    patient.say("I have a runny nose" if language == "en" else "我流鼻涕")
    assert patient.turns == 1
    page.locator('[data-do="ask-erase"]').click()
    page.locator('[data-do="erase"]').click()
    patient.expect_screen("start")


def test_where_pictures_are_off_a_sound_file_is_heard(talker, blind_address):
    """And a picture is refused in words."""
    patient = talker(at=blind_address)
    hand(patient, "drop", "cat.png", "image/png", png(cat(3)))
    told(patient, "does not look at pictures")
    hand(patient, "dragover", "memo.ogg", "audio/ogg", b"")
    expect(patient.page.locator(".an-drop")).to_be_visible()
    hand(patient, "drop", "memo.ogg", "audio/ogg", CLIP.read_bytes())
    assert WORDS in heard_in_field(patient)
