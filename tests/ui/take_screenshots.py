"""Take the screenshots of docs/ from a running server.

python -m tests.ui.take_screenshots http://127.0.0.1:7860/ docs/screenshots
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.portal.pictures import series
from tests.ui.drawings import brain, film, labelled
from tests.ui.patient import Patient

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
TALL = {"viewport": {"width": 1280, "height": 1000}}  # a picture and the words around it
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MILD = "I've had a sore throat and a runny nose for two days, and I feel tired. No fever."
SOON = "Since yesterday it burns when I pass water, and I have a fever and pain in my right side"
GRAVE = "I have crushing chest pain and I'm sweating"
STATES = (
    "I have had a sore throat for two days. No fever. Perhaps a rash on my arm. "
    "My mother has a cough."
)
STATES_ZH = "嗓子疼两天了，没有发烧。可能有点皮疹。我妈妈也咳嗽。"
MILD_ZH = "嗓子疼、流鼻涕两天了，有点咳嗽，没有发烧"


def start(patient: Patient) -> None:
    """Show the first screen."""


def who(patient: Patient) -> None:
    """Show the form about the patient."""
    patient.page.locator("#an-consent").check()
    patient.page.locator("#an-consent-form button[type=submit]").click()


def chat(patient: Patient) -> None:
    """Show a question after a few answers."""
    patient.begin(age="34", sex="female")
    patient.say(MILD)
    for _ in range(2):
        patient.deny()
    patient.page.locator("#an-chat summary").click()
    patient.page.locator("#an-chat details").last.scroll_into_view_if_needed()


def soon(patient: Patient) -> None:
    """Show a matter for the next day: its urgency, what it could be, and why."""
    patient.begin(age="28", sex="female")
    patient.say(SOON)
    patient.answer_to_the_end()


def emergency(patient: Patient) -> None:
    """Show what an emergency looks like."""
    patient.begin(age="58", sex="male")
    patient.say(GRAVE)


def end(patient: Patient) -> None:
    """Show the advice."""
    chat(patient)
    patient.answer_to_the_end()


def large(patient: Patient) -> None:
    """Show large type."""
    patient.page.locator("[data-do=larger]").click()
    chat(patient)


def case(patient: Patient) -> None:
    """Show the case beside the advice."""
    end(patient)
    patient.page.locator(".an-tabs [data-view=case]").click()


def understood(patient: Patient) -> None:
    """Show what was understood, with its words, one line given to whose it is, one open."""
    patient.begin(age="34", sex="female")
    _set_right(patient, STATES)


def understood_chinese(patient: Patient) -> None:
    """Show the same in Chinese."""
    patient.page.locator("[data-language=zh]").click()
    patient.begin(age="34", sex="female")
    _set_right(patient, STATES_ZH)


def _set_right(patient: Patient, said: str) -> None:
    page = patient.page
    patient.say(said)
    if page.locator(".an-tabs [data-view=case]").is_visible():
        page.locator(".an-tabs [data-view=case]").click()
    if page.locator(".an-entries.relative").count() == 0:
        page.locator(".an-entry[data-concept=cough] summary").click()
        patient.press(".an-entry[open] [data-correct=not_mine]")
        page.wait_for_timeout(200)
    page.locator(".an-entry[data-concept=rash] summary").click()


def chinese(patient: Patient) -> None:
    """Show a consultation in Chinese."""
    patient.page.locator("[data-language=zh]").click()
    patient.begin(age="34", sex="female")
    patient.say(MILD_ZH)
    patient.deny()
    patient.deny()


def picture(patient: Patient) -> None:
    """Show a picture before it is sent, a corner cut away."""
    patient.begin(age="5", sex="male", other=True)
    patient.say("He has had a cough and a fever for two days")
    _choose(patient, "chest.png", labelled(film()))
    patient.page.locator("[data-grip=se]").focus()
    for _ in range(3):
        patient.page.keyboard.press("ArrowLeft")


def scan(patient: Patient) -> None:
    """Show a slice of a series in the window of the lung."""
    patient.begin(age="5", sex="male", other=True)
    _choose(patient, "scan.zip", series(12))
    patient.page.locator("#an-preset").select_option(label="Lung")


def seen(patient: Patient) -> None:
    """Show the answer to a picture, with its heatmap; on a phone from the picture on."""
    picture(patient)
    _sent(patient)


def seen_in_chinese(patient: Patient) -> None:
    """Show the same in Chinese."""
    patient.page.locator("[data-language=zh]").click()
    patient.begin(age="5", sex="male", other=True)
    patient.say("孩子咳嗽发烧两天了")
    _choose(patient, "chest.png", labelled(film()))
    _sent(patient)


def asked(patient: Patient) -> None:
    """Show what is asked before a model that only tells kinds apart is heard."""
    patient.begin(age="45", sex="female")
    patient.say("I have had a headache for two weeks")
    _choose(patient, "head.png", labelled(brain()))
    patient.press("[data-do=picture-send]")


def withheld(patient: Patient) -> None:
    """Show what is said, and what stands in the case, after a "no"."""
    asked(patient)
    patient.press("#an-dock .an-answer >> nth=1")
    patient.page.locator(".an-kept").scroll_into_view_if_needed()


def kept(patient: Patient) -> None:
    """Show the case with what was read in a picture."""
    seen(patient)
    patient.page.locator(".an-tabs [data-view=case]").click()
    patient.page.locator(".an-kept").scroll_into_view_if_needed()


def _sent(patient: Patient) -> None:
    """Send the picture, and wait for its heatmap."""
    patient.press("[data-do=picture-send]")
    heat = patient.page.locator("#an-chat .an-seen-heat")
    heat.wait_for(timeout=60_000)
    if patient.page.locator(".an-tabs").is_visible():
        patient.page.wait_for_timeout(900)
        patient.page.locator("#an-chat .an-seen-frame").evaluate("e => e.scrollIntoView()")


def _choose(patient: Patient, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "image/png" if name.endswith("png") else "", "buffer": data}
    patient.page.locator("#an-add").click()
    patient.page.locator("#an-picture-file").set_input_files(file)
    patient.page.wait_for_selector('#an-picture[data-stage="preview"]', timeout=60_000)


SHOTS: dict[str, tuple[dict[str, object], Callable[[Patient], None]]] = {
    "start": (DESKTOP, start),
    "who": (DESKTOP, who),
    "advice": (DESKTOP, soon),
    "consultation": (DESKTOP, chat),
    "emergency": (DESKTOP, emergency),
    "end": (DESKTOP, end),
    "chinese": (DESKTOP, chinese),
    "dark": (DESKTOP | {"color_scheme": "dark"}, end),
    "phone-start": (PHONE, start),
    "phone-chat": (PHONE, chat),
    "phone-emergency": (PHONE, emergency),
    "phone-end": (PHONE, end),
    "understood": (DESKTOP, understood),
    "phone-case": (PHONE, case),
    "phone-understood": (PHONE, understood),
    "phone-understood-chinese": (PHONE, understood_chinese),
    "phone-chinese": (PHONE, chinese),
    "phone-large": (PHONE, large),
    "picture": (DESKTOP, picture),
    "picture-scan": (DESKTOP | {"color_scheme": "dark"}, scan),
    "picture-seen": (TALL, seen),
    "picture-asked": (TALL, asked),
    "picture-withheld": (TALL, withheld),
    "phone-picture-scan": (PHONE, scan),
    "phone-picture-seen": (PHONE | {"color_scheme": "dark"}, seen),
    "phone-picture-chinese": (PHONE, seen_in_chinese),
    "phone-picture-case": (PHONE, kept),
    "phone-dark": (PHONE | {"color_scheme": "dark"}, chat),
}


def take(browser: Browser, address: str, folder: Path, name: str) -> None:
    """Take one screenshot, reduced to 128 colours to stay small."""
    options, way = SHOTS[name]
    context = browser.new_context(**options)
    patient = Patient(context.new_page(), address)
    way(patient)
    patient.page.mouse.move(0, 0)
    patient.page.wait_for_timeout(900)
    file = folder / f"{name}.png"
    patient.page.screenshot(path=str(file))
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
    context.close()
    print(f"{name}: {file.stat().st_size // 1024} kB")


def main() -> None:
    """Take the screenshots named on the command line, or all of them."""
    address, folder, *names = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for name in names or SHOTS:
            take(browser, address, Path(folder), name)
        browser.close()


if __name__ == "__main__":
    main()
