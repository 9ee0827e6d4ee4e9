"""Speaking on the page: Chromium's fake microphone plays real recordings."""

import re
import wave
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from assistant.records.speech import RATE
from assistant.speech.decoding import decode, to_pcm
from tests.speech.conftest import CLIP, DATA
from tests.ui.conftest import CHROMIUM, framed, served
from tests.ui.patient import InFrame, Patient

pytestmark = pytest.mark.browser
LONG = np.zeros(20 * RATE, np.float32)
# Debian's headless Chromium has no voices: what it is asked to say is written down here instead.
NO_VOICE = """
  window.said = []; window.hushed = 0;
  const synthesis = { speaking: false, pending: false,
    speak(part) { said.push({ text: part.text, lang: part.lang, rate: part.rate });
      if (said.length === 1) setTimeout(() => part.onstart?.(), 10); },
    cancel() { hushed += 1; } };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
"""


def sound_of(file):
    """Return a recording as samples."""
    return decode(file.read_bytes(), most_seconds=60, most_bytes=10**7).samples


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return a function that writes samples as the file that the fake microphone plays."""
    folder = tmp_path_factory.mktemp("sound")

    def write(name, *parts):
        file = folder / f"{name}.wav"
        with wave.open(str(file), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(to_pcm(np.concatenate(parts)))
        return file

    return write


@pytest.fixture(scope="module")
def chest_pain(recorded):
    """Return a pause, the sentence, a long silence."""
    return recorded("chest_pain", LONG[:RATE], sound_of(CLIP), LONG)


@pytest.fixture
def microphone(address, browser):
    """Return a function that opens the page in a browser with a microphone, or with none."""
    opened = []

    def of(recording=None, *flags: str, prepare="", at="", **context) -> Patient:
        if recording is not None:
            context.setdefault("permissions", ["microphone"])
            flags = (
                *flags,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={recording}%noloop",
            )
        running = browser.browser_type.launch(
            executable_path=str(CHROMIUM), headless=True, args=["--no-sandbox", *flags]
        )
        opened.append(running)
        page = running.new_context(**context).new_page()
        if prepare:
            page.add_init_script(prepare)
        return Patient(page, at or address)

    yield of
    for running in opened:
        running.close()


def words_of(text: str) -> str:
    """Return the words of a text, without marks."""
    return " ".join(re.findall(r"\w+", text))


def hears(page, words: str) -> None:
    """Wait until the page shows words that are just being spoken (looked for in every frame)."""
    page.wait_for_function(
        "words => document.querySelector('#an-ear-words').textContent.includes(words)",
        arg=words,
        timeout=60_000,
    )


def speak(patient: Patient) -> None:
    """Press the microphone, say the sentence, press again when its words are shown."""
    patient.page.locator("#an-mic").click()
    hears(patient.page, "chest pain")
    patient.page.wait_for_timeout(1500)  # the rest of the sentence
    patient.page.locator("#an-mic").click()


def taken_or_sent(patient: Patient) -> None:
    """Wait for the turn; where the words are to be looked at first, send them."""
    page = patient.page
    page.wait_for_function(
        "document.body.dataset.turns === '1' || document.querySelector('#an-text').value",
        timeout=60_000,
    )
    if page.locator("#an-text").input_value():
        page.locator(".an-send").click()
    page.wait_for_function("document.body.dataset.turns === '1'", timeout=60_000)


def test_spoken_chest_pain_calls_the_ambulance(microphone, chest_pain):
    """Hands-free: spoken, shown while it is spoken, understood, acted upon, and answered aloud."""
    patient = microphone(chest_pain, prepare=NO_VOICE)
    patient.begin(age="58", sex="male")
    page = patient.page
    page.locator('[data-do="hands-free"]').click()
    hears(page, "chest pain")
    taken_or_sent(patient)
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)
    patient.expect_in(".an-entries.present", "chest pain")
    page.wait_for_function("said.some(one => one.text.includes('ambulance'))")
    said = page.evaluate("said")
    assert {one["lang"] for one in said} == {"en-GB"}
    talk = words_of(page.locator("#an-chat").inner_text())
    assert all(words_of(s["text"]) in talk for s in said if "on the screen" not in s["text"])
    assert sum("could well be" in s["text"] or "possible" in s["text"] for s in said) <= 3
    expect(page.locator("#an-caption-words")).to_have_text(said[0]["text"])
    page.locator('[data-do="hush"]').click()  # mute, at once
    expect(page.locator("#an-caption")).to_be_hidden()
    assert page.evaluate("hushed") >= 1


def test_push_to_talk_on_a_phone(microphone, chest_pain):
    """One hand, a narrow screen: press, speak, press; every control can be hit."""
    patient = microphone(
        chest_pain, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True
    )
    patient.begin(age="58", sex="male")
    page = patient.page
    for control in ("#an-mic", '[data-do="hands-free"]', '[data-do="check-first"]', "#an-voice"):
        box = page.locator(control).bounding_box()
        assert box["height"] >= 44, control
        assert box["x"] >= 0, control
        assert box["x"] + box["width"] <= 390, control
    speak(patient)
    taken_or_sent(patient)
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_words_may_be_read_and_corrected_before_they_count(microphone, chest_pain):
    """Who is unsure of the machine reads first: what is sent is what was corrected."""
    patient = microphone(chest_pain)
    patient.begin(age="58", sex="male")
    page = patient.page
    page.locator('[data-do="check-first"]').click()
    speak(patient)
    field = page.locator("#an-text")
    page.wait_for_function("document.querySelector('#an-text').value", timeout=60_000)
    assert "chest pain" in field.input_value()
    expect(page.locator("#an-look-words")).to_contain_text("read it")
    assert patient.turns == 0
    field.fill("I have a runny nose")
    page.locator(".an-send").click()
    page.wait_for_function("document.body.dataset.turns === '1'", timeout=20_000)
    patient.expect_in(".an-entries.present", "runny nose")
    assert "chest" not in page.locator("#an-chat").inner_text()


def test_doubtful_words_wait_for_the_patient(microphone, recorded):
    """Noise over the words: nothing counts before the patient has looked."""
    clip = sound_of(CLIP)
    noise = np.random.default_rng(3).normal(0, 0.02, len(clip)).astype(np.float32)
    patient = microphone(recorded("noisy", LONG[:RATE], clip * 0.25 + noise, LONG))
    patient.begin(age="58", sex="male")
    page = patient.page
    page.locator('[data-do="hands-free"]').click()
    page.wait_for_function("document.querySelector('#an-text').value", timeout=60_000)
    expect(page.locator("#an-look-words")).to_contain_text("not sure I heard this right")
    assert patient.turns == 0
    page.locator("#an-text").fill("I have crushing chest pain and I am sweating")
    page.locator(".an-send").click()
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)


def test_speaking_stops_the_voice(microphone, recorded):
    """Barge-in: while the page reads its reply, the patient's first words silence it."""
    breath, stop = sound_of(DATA / "breath.ogg"), sound_of(DATA / "stop.ogg")
    recording = recorded("barge_in", LONG[:RATE], breath, LONG[: 12 * RATE], stop, LONG)
    patient = microphone(recording, prepare=NO_VOICE)
    patient.begin(age="30", sex="female")
    page = patient.page
    page.locator("#an-voice").select_option("slow")
    page.locator('[data-do="hands-free"]').click()
    expect(page.locator("#an-caption")).to_be_visible(timeout=30_000)
    assert page.evaluate("said[0].rate") == pytest.approx(0.8)
    before = page.evaluate("hushed")
    expect(page.locator("#an-caption")).to_be_hidden(timeout=30_000)  # nobody pressed anything
    assert page.evaluate("hushed") > before
    page.wait_for_function(
        "document.querySelector('#an-text').value || +document.body.dataset.turns > 1",
        timeout=60_000,
    )


def test_muted_replies_are_not_read(microphone, chest_pain):
    """Not everybody may be listened to in a waiting room."""
    patient = microphone(chest_pain, prepare=NO_VOICE)
    patient.begin(age="58", sex="male")
    patient.page.locator("#an-voice").select_option("off")
    patient.page.locator('[data-do="hands-free"]').click()
    taken_or_sent(patient)
    expect(patient.page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)
    assert patient.page.evaluate("said.length") == 0


def test_a_refused_microphone_is_explained(microphone):
    """Whoever says no to the microphone can still write, and is told so."""
    patient = microphone(None, "--use-fake-device-for-media-stream", "--deny-permission-prompts")
    patient.begin(age="58", sex="male")
    patient.page.locator("#an-mic").click()
    expect(patient.page.locator("#an-notice-words")).to_contain_text("address bar")
    patient.say("I have a runny nose")
    assert patient.turns == 1


def test_an_absent_microphone_is_explained(microphone):
    """No microphone in the machine: said in words, in Chinese where the page is."""
    patient = microphone(None, "--use-fake-ui-for-media-stream")
    patient.begin(age="58", sex="male")
    patient.page.locator("#an-mic").click()
    expect(patient.page.locator("#an-notice-words")).to_contain_text("No microphone was found")
    expect(patient.page.locator("#an-ear")).to_be_hidden()


def test_a_lost_microphone_loses_no_words(microphone, chest_pain):
    """The cable comes out in the middle: what was said so far stands in the field."""
    patient = microphone(chest_pain)
    patient.begin(age="58", sex="male")
    page = patient.page
    page.evaluate("""() => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wish) => (window.given = await real(wish));
    }""")
    page.locator("#an-mic").click()
    hears(page, "chest pain")
    page.evaluate("given.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#an-notice-words")).to_contain_text("went away", timeout=20_000)
    page.wait_for_function("document.querySelector('#an-text').value", timeout=20_000)
    assert "chest pain" in page.locator("#an-text").input_value()
    assert patient.turns == 0


def test_a_lost_connection_loses_no_words(microphone, chest_pain):
    """The network breaks in the middle: the words so far are kept, and it is said."""
    patient = microphone(
        chest_pain,
        prepare="""
      const Real = WebSocket;
      window.WebSocket = class extends Real { constructor(a) { super(a); window.line = this; } };
    """,
    )
    patient.begin(age="58", sex="male")
    page = patient.page
    page.locator("#an-mic").click()
    hears(page, "chest pain")
    page.evaluate("line.close()")
    expect(page.locator("#an-notice-words")).to_contain_text("connection", timeout=20_000)
    assert "chest pain" in page.locator("#an-text").input_value()


def test_silence_is_not_taken_for_an_answer(microphone, recorded):
    """The button was pressed and nothing said: that is said, and nothing counts."""
    patient = microphone(recorded("silence", LONG))
    patient.begin(age="58", sex="male")
    page = patient.page
    page.locator("#an-mic").click()
    expect(page.locator("#an-ear-words")).to_contain_text("Listening", timeout=20_000)
    page.wait_for_timeout(800)
    page.locator("#an-mic").click()
    expect(page.locator("#an-notice-words")).to_contain_text("did not catch", timeout=20_000)
    assert patient.turns == 0


def test_mandarin_on_the_chinese_page(microphone, recorded, shared_data):
    """A Chinese page hears Mandarin, writes simplified characters, and explains in Chinese."""
    clip = sound_of(shared_data / "speech/sr_examples/chinese.flac")
    patient = microphone(recorded("chinese", LONG[:RATE], clip, LONG))
    page = patient.page
    page.locator('[data-language="zh"]').click()
    patient.begin(age="58", sex="male")
    expect(page.locator("#an-mic")).to_have_attribute("aria-label", "说话输入，说完再按一次")
    page.locator('[data-do="check-first"]').click()
    page.locator('[data-do="hands-free"]').click()
    page.wait_for_function("document.querySelector('#an-text').value", timeout=60_000)
    assert "自己的脚" in page.locator("#an-text").input_value()
    expect(page.locator("#an-look-words")).to_contain_text("看一下")


@pytest.fixture
def portal(address):
    """Serve a portal's page, at another origin, that shows ours in an iframe."""
    with framed(address, allow="microphone; autoplay") as portal:
        yield portal


# Notes each piece of sound that is played, and whether it was stopped.
PLAYED = """
  window.played = []; window.stopped = 0;
  const start = AudioBufferSourceNode.prototype.start, stop = AudioBufferSourceNode.prototype.stop;
  AudioBufferSourceNode.prototype.start = function (at) {
    const loudest = Math.max(...this.buffer.getChannelData(0));
    played.push([this.buffer.duration, loudest, at]); start.call(this, at); };
  AudioBufferSourceNode.prototype.stop = function () { stopped += 1; stop.call(this); };
"""


def test_the_server_may_be_the_voice(microphone, ui_service, ui_settings, chest_pain):
    """Piper: sentence after sentence is played, captioned, and silenced by one button."""
    pytest.importorskip("piper", reason="the extra [voice] is not installed")
    from assistant.portal import create_app
    from assistant.ui.mounting import mount_chat

    settings = ui_settings.model_copy(update={"voice": "piper"})
    app = mount_chat(create_app(ui_service, settings), ui_service, settings)
    with served(app) as address:
        patient = microphone(chest_pain, prepare=PLAYED, at=address)
        patient.begin(age="58", sex="male")
        page = patient.page
        page.locator("#an-voice").select_option("slow")
        patient.say("I have crushing chest pain and I am sweating")
        expect(page.locator("#an-caption-words")).not_to_be_empty(timeout=60_000)
        page.wait_for_function("played.length >= 2", timeout=60_000)
        played = page.evaluate("played")
        assert max(loudest for _, loudest, _ in played) > 0.01  # a sentence may end in silence
        assert all(b[2] >= a[2] + a[0] - 0.05 for a, b in pairwise(played))
        page.locator('[data-do="hush"]').click()
        expect(page.locator("#an-caption")).to_be_hidden()
        assert page.evaluate("stopped") >= 1
        count = page.evaluate("played.length")
        page.wait_for_timeout(1500)
        assert page.evaluate("played.length") == count
        assert patient.complaints == []


def test_speaking_works_within_a_portal(microphone, chest_pain, portal, address):
    """In an iframe of another origin, with allow="microphone": spoken and understood."""
    opener = microphone(chest_pain)
    patient = InFrame(opener.page, portal)
    patient.begin(age="58", sex="male")
    patient.page.locator('[data-do="hands-free"]').click()
    hears(patient.page, "chest pain")
    taken_or_sent(patient)
    expect(patient.page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)
