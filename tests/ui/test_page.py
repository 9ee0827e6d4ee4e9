"""The page, driven like a patient drives it, against a real server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
LOOKING = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")
INJECTION = '<img src=x onerror="window.harmed=1"> **bold** {{7*7}} ${8*8} `x` [a](javascript:1)'


def test_chest_pain_shows_the_urgency_at_once(visit):
    """The first reply to crushing chest pain must say what to do, in word, shape and colour."""
    patient = visit()
    patient.begin(age="58", sex="male")
    patient.say("I have crushing chest pain and I am sweating")
    banner = patient.page.locator(".an-banner.emergency_ambulance")
    expect(banner).to_contain_text("Call an ambulance now: 999")
    expect(banner.locator("a[href='tel:999']")).to_be_visible()
    expect(banner.locator("svg.an-shape")).to_be_visible()
    assert patient.kind == "none", "no quiz while an ambulance is needed"
    expect(patient.page.locator("#an-live")).to_contain_text("Important")
    patient.page.locator(".an-case [data-concept]").first.wait_for()


def test_runny_nose_goes_through_buttons_to_a_report(visit):
    """A mild illness ends in advice; it can be corrected, read in Chinese, kept and erased."""
    patient = visit()
    page = patient.page
    patient.begin(age="34", sex="female")
    patient.say("I have had a runny nose and sneezing for two days")
    patient.expect_in(".an-entries.present", re.compile("runny nose", re.I))
    expect(page.locator("#an-chat summary")).to_contain_text("Why do you ask?")
    assert patient.answer_to_the_end() <= 12
    expect(page.locator(".an-banner.self_care")).to_be_visible()
    expect(page.locator(".an-possible li").first).to_be_visible()
    expect(page.locator(".an-possible .speaks_for").first).to_be_visible()

    page.locator(".an-entries.present .an-entry[data-concept=sneezing] summary").click()
    patient.press(".an-entries.present .an-entry[open] [data-correct=absent]")
    patient.expect_in(".an-entries.absent", re.compile("sneezing", re.I))

    patient.press("[data-language=zh]")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    patient.expect_in(".an-case", "我了解到的情况")
    patient.expect_in(".an-banner", "紧急程度")
    expect(page.locator("#an-text")).to_have_attribute("placeholder", "用自己的话写……")
    patient.press("[data-language=en]")

    with page.expect_download() as as_text:
        page.locator(".an-report button[value=text]").click()
    text = as_text.value.path().read_text(encoding="utf-8")
    assert "runny nose" in text.lower()
    assert as_text.value.suggested_filename.endswith(".txt")
    with page.expect_popup() as opened:
        page.locator(".an-report button[value=view]").click()
    expect(opened.value.locator("body")).to_contain_text(re.compile("runny nose", re.I))

    page.locator("[data-do=ask-erase]").click()
    page.locator("dialog [data-do=close]").click()
    patient.expect_screen("talk")
    page.locator("[data-do=ask-erase]").click()
    page.locator("dialog [data-do=erase]").click()
    patient.expect_screen("start")
    assert "runny nose" not in page.locator("body").inner_html().lower()
    assert page.evaluate("sessionStorage.getItem('anamnesis.consultation')") is None


def test_patient_words_are_never_read_as_markup(visit):
    """Words from outside must stay words, in the talk and in the case."""
    patient = visit()
    patient.begin(age="40", sex="unsaid", other=True, notes=f"diabetes {INJECTION}")
    patient.say(f"headache {INJECTION}")
    page = patient.page
    mine = page.locator("#an-chat [data-testid=user]")
    expect(mine).to_contain_text(f"headache {INJECTION}")
    assert page.locator("#an-chat img, .an-case img, #an-chat [data-testid=user] a").count() == 0
    assert page.evaluate("window.harmed") is None


def test_reload_takes_the_talk_up_again(visit):
    """A reload must not cost a worried person what was said; storage holds no words."""
    patient = visit()
    patient.begin(age="3", sex="female", other=True)
    patient.say("my daughter has a cough")
    shown = patient.page.locator("#an-chat [data-testid]").count()
    patient.page.reload()
    patient.expect_screen("talk")
    patient.settle()
    expect(patient.page.locator("#an-chat [data-testid]")).to_have_count(shown)
    patient.expect_in(".an-entries.present", re.compile("cough", re.I))
    kept = patient.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "cough" not in kept
    assert "daughter" not in kept


def test_keyboard_alone_is_enough(visit):
    """Somebody who cannot use a pointer reaches the advice all the same."""
    patient = visit()
    keys = patient.page.keyboard
    for _ in range(40):
        if patient.page.evaluate("document.activeElement.id") == "an-consent":
            break
        keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Enter")
    patient.page.wait_for_selector("body[data-step='2']")
    for wanted, press in (("age", "3"), ("sex", "Space")):
        for _ in range(20):
            if patient.page.evaluate("document.activeElement.name") == wanted:
                break
            keys.press("Tab")
        keys.type("34") if press == "3" else keys.press(press)
    keys.press("Enter")
    patient.expect_screen("talk")
    patient.settle()
    assert patient.page.evaluate("document.activeElement.id") == "an-text"
    keys.type("my nose runs")
    keys.press("Enter")
    patient.page.wait_for_selector("#an-dock button")


@pytest.mark.parametrize("by_hand", [True, False])
def test_lost_server_loses_no_words(visit, by_hand):
    """No answer is said in words; the message is taken once the server is back, and only once."""
    patient = visit()
    page = patient.page
    patient.begin(age="34", sex="male")
    page.route(re.compile("/(gradio_api|healthz|chat)"), lambda route: route.abort())
    page.locator("#an-text").fill("cough")
    page.locator("#an-text").press("Enter")
    expect(page.locator("#an-notice")).to_contain_text("No answer from the server", timeout=15_000)
    expect(page.locator("#an-text")).to_have_value("cough")
    page.unroute_all()
    if by_hand:
        # At once: the page tries again by itself, and then the button is gone.
        page.locator("#an-notice [data-do=retry]").evaluate("button => button.click()")
    patient.expect_in(".an-entries.present", re.compile("cough", re.I))
    patient.settle()
    expect(page.locator("#an-chat [data-testid=user]")).to_have_count(1)
    patient.complaints.clear()  # the requests that were cut off


def test_phone_keeps_the_field_in_reach(visit):
    """On a phone the field stays on the screen, the case a tap away, every target big enough."""
    patient = visit(390, 844, has_touch=True, is_mobile=True)
    page = patient.page
    assert small_targets(page) == []
    patient.begin(age="34", sex="male")
    patient.say("runny nose")
    field = page.locator("#an-text").bounding_box()
    assert field["y"] + field["height"] <= 844
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    name, switch = (page.locator(part).bounding_box() for part in (".an-name", ".an-switch"))
    assert name["x"] + name["width"] <= switch["x"], "the name lies under the languages"
    assert small_targets(page) == []
    page.locator(".an-tabs [data-view=case]").click()
    patient.expect_in(".an-entries.present", re.compile("runny nose", re.I))
    assert small_targets(page) == []


def test_consent_and_age_are_asked_for_in_words(visit):
    """A form that only turns red tells nobody what to do."""
    patient = visit()
    page = patient.page
    page.locator("#an-consent-form button[type=submit]").click()
    expect(page.locator("#an-consent-error")).to_be_visible()
    page.locator("#an-consent").check()
    page.locator("#an-consent-form button[type=submit]").click()
    page.locator("#an-age").fill("400")
    page.locator("#an-person-form button[type=submit]").click()
    expect(page.locator("#an-age-error")).to_be_visible()
    page.locator("[data-language=zh]").click()
    expect(page.locator("#an-age-error")).to_contain_text("年龄")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit, scheme):
    """4.5 to 1 (WCAG AA) for every word, in bright light and at night."""
    patient = visit(color_scheme=scheme)
    assert faint_texts(patient.page) == []
    patient.begin(age="58", sex="male")
    assert faint_texts(patient.page) == []
    patient.say("crushing chest pain and cold sweat")
    assert faint_texts(patient.page) == []


def test_every_control_has_a_name(visit):
    """A button without a name is silence in a screen reader."""
    patient = visit()
    patient.begin(age="34", sex="male")
    patient.say("runny nose")
    assert nameless_controls(patient.page) == []
    log = patient.page.locator("#an-chat [role=log]")
    expect(log).to_have_attribute("aria-live", "off")
    expect(patient.page.locator("#an-live")).to_have_attribute("aria-live", "polite")


def small_targets(page) -> list[str]:
    """Return the visible controls that are less than 44 pixels high or wide."""
    return page.evaluate(f"{LOOKING} smallTargets()")


def nameless_controls(page) -> list[str]:
    """Return the visible controls that have neither words nor a label."""
    return page.evaluate(f"{LOOKING} namelessControls()")


def faint_texts(page) -> list[str]:
    """Return the texts whose contrast with the ground behind them is below 4.5 to 1."""
    return page.evaluate(f"{LOOKING} faintTexts()")
