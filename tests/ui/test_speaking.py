"""Speaking on the page: Chromium's fake microphone plays a real recording."""

import wave

import numpy as np
import pytest
from playwright.sync_api import expect

from assistant.records.speech import RATE
from assistant.speech.decoding import decode, to_pcm
from tests.speech.conftest import CLIP
from tests.ui.conftest import CHROMIUM
from tests.ui.patient import Patient

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Return a file for the fake microphone: a pause, the sentence, a long silence."""
    clip = decode(CLIP.read_bytes(), most_seconds=60, most_bytes=10**7).samples
    samples = np.concatenate([np.zeros(RATE, np.float32), clip, np.zeros(20 * RATE, np.float32)])
    file = tmp_path_factory.mktemp("sound") / "chest_pain.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(to_pcm(samples))
    return file


@pytest.fixture
def microphone(recording, address, browser):
    """Return a patient before a page whose microphone plays the recording."""
    opened = []

    def of(*flags: str, **context) -> Patient:
        running = browser.browser_type.launch(
            executable_path=str(CHROMIUM), headless=True, args=["--no-sandbox", *flags]
        )
        opened.append(running)
        return Patient(running.new_context(**context).new_page(), address)

    yield of
    for running in opened:
        running.close()


def flags(recording) -> tuple[str, ...]:
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}%noloop",
    )


def test_spoken_chest_pain_calls_the_ambulance(microphone, recording):
    """Hands-free: spoken, shown while it is spoken, understood, and acted upon."""
    patient = microphone(*flags(recording), permissions=["microphone"])
    patient.begin(age="58", sex="male")
    page = patient.page
    page.locator('[data-do="hands-free"]').click()
    expect(page.locator("#an-ear-words")).to_contain_text("chest pain", timeout=30_000)
    page.wait_for_function(
        "document.body.dataset.turns === '1' || document.querySelector('#an-text').value",
        timeout=30_000,
    )
    if page.locator("#an-text").input_value():  # words to look at first
        page.locator(".an-send").click()
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible(timeout=20_000)
    patient.expect_in(".an-entries.present", "chest pain")


def test_a_refused_microphone_is_explained(microphone):
    """Whoever says no to the microphone can still write, and is told so."""
    patient = microphone("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    patient.begin(age="58", sex="male")
    patient.page.locator("#an-mic").click()
    expect(patient.page.locator("#an-notice-words")).to_contain_text("microphone")
    patient.say("I have a runny nose")
    assert patient.turns == 1
