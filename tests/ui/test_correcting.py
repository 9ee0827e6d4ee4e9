"""What was understood, corrected in the browser: by pointer, by keyboard, and what follows."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
SAID = "I have a runny nose and no cough. Perhaps my lips are blue <b>"
MARKS = {"runny_nose": "runny nose", "cough": "cough", "cyanosis": "lips are blue"}
PAGE_STATES = "document.activeElement.closest('[data-concept]')?.dataset.concept"


def entry(patient, concept: str, group: str = ""):
    """Return the line of a finding, in one group of the list where that is named."""
    within = f".an-entries.{group} " if group else ""
    return patient.page.locator(f"{within}.an-entry[data-concept={concept}]")


@pytest.fixture
def patient(visit):
    """Return somebody who told something that is there, something that is not, and a doubt."""
    patient = visit()
    patient.begin(age="30", sex="male")
    patient.say(SAID)
    return patient


def test_every_line_marks_its_own_words_in_the_patients_sentence(patient):
    """Present, denied and doubtful: in words, in shape, each with what it came from."""
    groups = {"runny_nose": "present", "cough": "absent", "cyanosis": "unclear"}
    for concept, group in groups.items():
        line = entry(patient, concept, group)
        expect(line.locator("mark")).to_have_text(MARKS[concept])
        expect(line.locator(f"summary svg.an-sign.{group}")).to_be_visible()
    expect(entry(patient, "cyanosis").locator("q")).to_have_text("Perhaps my lips are blue <b>")
    expect(entry(patient, "cough").locator("q")).to_have_text("I have a runny nose and no cough")
    headings = patient.page.locator("#an-understood ~ h4")
    assert headings.all_inner_texts() == ["There", "Not sure", "Not there"]
    mine = patient.page.locator("#an-chat [data-testid=user]")
    expect(mine).to_contain_text(SAID)
    assert mine.locator("mark").all_inner_texts() == list(MARKS.values())
    assert patient.page.locator(".an-case b b, #an-chat [data-testid=user] b").count() == 0


def test_a_correction_by_click_changes_urgency_question_and_report(patient):
    """Blue lips that were none: the emergency goes, the questions begin, the report says so."""
    page = patient.page
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible()
    assert patient.kind == "none"

    entry(patient, "cyanosis").locator("summary").click()
    patient.press(".an-entry[open] [data-correct=absent]")

    expect(page.locator(".an-banner.undecided")).to_be_visible()
    assert patient.kind != "none", "the interview goes on"
    expect(entry(patient, "cyanosis", "absent").locator("small")).to_have_text("Set right by you")
    expect(entry(patient, "cyanosis").locator("mark")).to_have_text(MARKS["cyanosis"])
    expect(page.locator("#an-chat [data-testid=bot]").last).to_be_visible()
    expect(page.locator("#an-chat")).to_contain_text("no longer holds")
    expect(page.locator("#an-chat [data-testid=user]")).to_have_count(1)
    with page.expect_popup() as opened:
        page.locator(".an-report button[value=view]").click()
    denied = opened.value.locator("section", has=opened.value.locator("h2", has_text="Denied"))
    expect(denied).to_contain_text(re.compile(r"blue lips.*corrected by the patient", re.I))


def test_a_correction_by_keyboard_is_spoken_and_keeps_the_focus(patient):
    """Tab, Enter and Space do all that a pointer does; the change is heard."""
    page, before = patient.page, patient.turns
    expect(page.locator("#an-text")).to_be_focused()  # where the page puts it once it has answered
    page.locator("#an-understood").focus()
    walk(page, "cough")
    page.keyboard.press("Enter")
    expect(entry(patient, "cough")).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.correct") == "present"
    page.keyboard.press("Space")
    patient.wait_for_turn_after(before)

    expect(entry(patient, "cough", "present")).to_be_visible()
    expect(page.locator("#an-live")).to_contain_text("Noted: cough.")
    page.wait_for_function(f"({PAGE_STATES}) === 'cough'")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    expect(page.locator(".an-banner.emergency_ambulance")).to_be_visible()


def test_what_is_somebody_elses_or_wrong_leaves_the_case(patient):
    """Given to whom it belongs, or removed: no sign of the patient's any more."""
    page = patient.page
    entry(patient, "cyanosis").locator("summary").click()
    patient.press(".an-entry[open] [data-correct=not_mine]")
    line = entry(patient, "cyanosis", "relative")
    expect(line.locator("mark")).to_have_text(MARKS["cyanosis"])
    expect(line.locator("summary svg.an-sign.relative")).to_be_visible()
    expect(page.locator(".an-banner.undecided")).to_be_visible()

    entry(patient, "runny_nose").locator("summary").click()
    patient.press(".an-entry[open] [data-correct=remove]")
    expect(entry(patient, "runny_nose")).to_have_count(0)
    page.wait_for_function("document.activeElement.id === 'an-understood'")
    assert patient.kind == "open", "with nothing left, the open question is put again"
    with page.expect_popup() as opened:
        page.locator(".an-report button[value=view]").click()
    back = opened.value.locator("section", has=opened.value.locator("h2", has_text="Taken back"))
    expect(back).to_contain_text("runny nose")


def test_corrections_are_in_reach_on_a_phone(visit):
    """Big enough for a shaking thumb, readable, named; in Chinese too."""
    patient = visit(390, 844, has_touch=True, is_mobile=True)
    page = patient.page
    page.locator("[data-language=zh]").click()
    patient.begin(age="30", sex="male")
    patient.say("流鼻涕，没有咳嗽，不知道有没有皮疹")
    page.locator(".an-tabs [data-view=case]").click()
    entry(patient, "cough", "absent").locator("summary").click()
    buttons = entry(patient, "cough").locator("button")
    assert buttons.all_inner_texts() == ["有", "没有", "不确定", "是别人的", "删去"]
    for button in buttons.all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    patient.press(".an-entry[open] [data-correct=present]")
    expect(entry(patient, "cough", "present").locator("small")).to_have_text("由您更正")


def walk(page, concept: str, most: int = 20) -> None:
    """Press Tab until the focus is on the line of a finding."""
    for _ in range(most):
        if page.evaluate(PAGE_STATES) == concept:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {concept}")


def test_ambiguous_words_have_their_meanings_as_buttons(visit):
    """The page asks which is meant, and the list shows the answer with the patient's words."""
    patient = visit()
    patient.begin(age="30", sex="male")
    patient.say("I have swelling")
    assert patient.kind == "clarify"
    expect(patient.page.locator("#an-chat")).to_contain_text("Which do you mean by “swelling”?")
    words = patient.page.locator(".an-entries.unclear .an-open-words")
    expect(words.locator("summary").first).to_contain_text("“swelling”: not clear yet which")
    expect(entry(patient, "leg_swelling", "unclear")).to_be_hidden()
    words.locator("summary").first.click()
    expect(entry(patient, "leg_swelling", "unclear")).to_be_visible()
    patient.press("#an-dock button:has-text('Swollen leg')")
    expect(entry(patient, "leg_swelling", "present").locator("mark")).to_have_text("swelling")
    expect(entry(patient, "facial_swelling")).to_have_count(0)
    assert patient.kind != "clarify"
    assert patient.complaints == []
