"""A whole consultation in Chinese: no sentence of ours in another language on the way."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
# Two English words in a row, or one of five letters that is no abbreviation: no sentence of ours
# leaves that behind.
ENGLISH = re.compile(r"[A-Za-z'’-]{2,}(?:[ ,;:]+[A-Za-z'’-]{2,})+|[A-Z]?[a-z]{4,}")
IDS = re.compile(r"\[规则 [a-z0-9_]+\]|\b[0-9a-f]{12}\b")  # for whoever looks a rule up
NAMES = ("Anamnesis", "anamnesis", "English")  # the product, and the other language's button
LABELS = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()).flatMap(
  e => ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext'].map(a => e.getAttribute(a)))
  .filter(Boolean).join('\\n')"""


@pytest.fixture(scope="session")
def works(ui_service) -> list[str]:
    """Return titles and publishers of the works that texts rest on: cited as they are."""
    sources = ui_service.knowledge.bundle.sources.values()
    return sorted({part for s in sources for part in (s.title, s.publisher)}, key=len, reverse=True)


def english(text: str, works: list[str]) -> list[str]:
    """Return what is English in a text and is no name of a work, a product or a rule."""
    for name in (*works, *NAMES):
        text = text.replace(name, "。")
    return ENGLISH.findall(IDS.sub("", text))


def seen(page) -> str:
    """Return all that is shown or spoken, folded out."""
    folded = page.evaluate_handle("[...document.querySelectorAll('#an-shell details:not([open])')]")
    folded.evaluate("all => all.forEach(d => d.open = true)")
    shown = [page.title(), page.locator("body").inner_text(), page.evaluate(LABELS)]
    folded.evaluate("all => all.forEach(d => d.open = false)")
    return "\n".join(shown)


def test_what_would_be_english_is_noticed():
    """A test that finds nothing anywhere would prove nothing."""
    assert english("由您更正 Set right by you", [])
    assert english("部分：encoder", [])
    assert not english("CT 检查、COVID、SOAP（可复制）、UTC [规则 acute_sinusitis]", [])


def test_from_the_opening_to_the_report_in_chinese(visit, works):
    """Opening, answers by button and in words, advice, correction, report: all of it in Chinese."""
    patient = visit()
    page = patient.page
    page.locator("[data-language=zh]").click()
    expect(page.locator("#an-hello")).to_contain_text("哪里不舒服")
    assert english(seen(page), works) == []
    patient.begin(age="34", sex="female", notes="哮喘")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    expect(page.locator("#an-chat")).to_contain_text("您现在最不舒服的是什么")
    assert english(seen(page), works) == []

    patient.say("嗓子疼、流鼻涕两天了，没有发烧，可能有点皮疹")
    for concept, group, words in (
        ("sore_throat", "present", "嗓子疼"),
        ("fever", "absent", "发烧"),
        ("rash", "unclear", "皮疹"),
    ):
        line = page.locator(f".an-entries.{group} .an-entry[data-concept={concept}]")
        expect(line.locator("mark")).to_have_text(words)

    asked, in_words = [], 0
    while patient.kind != "none":
        assert english(seen(page), works) == []
        asked.append(page.locator("#an-chat [data-testid=bot]").last.inner_text())
        assert len(asked) <= 25, "still asking"
        typed = {"scale": "3分", "duration": "两天", "yes_no": "没有"}.get(patient.kind)
        if typed and len(asked) % 2:
            patient.say(typed)
            in_words += 1
        else:
            patient.deny()
    assert len(asked) >= 3
    assert in_words >= 2
    assert len(set(asked)) == len(asked), "no question was put twice"

    expect(page.locator("#an-could-be")).to_have_text("可能是什么")
    expect(page.locator("#an-chat")).to_contain_text("该怎么做：")
    assert english(seen(page), works) == []
    page.locator(".an-entry[data-concept=rash] summary").click()
    patient.press(".an-entry[data-concept=rash] [data-correct=remove]")
    expect(page.locator("#an-chat")).to_contain_text("已删去：皮疹")
    assert english(seen(page), works) == []

    with page.expect_popup() as opened:
        page.locator(".an-report button[value=view]").click()
    report = opened.value
    expect(report.locator("h1")).to_have_text("病史报告")
    expect(report.locator("body")).to_contain_text("患者已撤回的内容")
    assert report.locator("html").get_attribute("lang").startswith("zh")
    report.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert english(report.locator("body").inner_text(), works) == []
    with page.expect_download() as as_text:
        page.locator(".an-report button[value=text]").click()
    assert english(as_text.value.path().read_text(encoding="utf-8"), works) == []


def test_an_emergency_in_chinese(visit, works):
    """The most urgent words are the last place for a language that is not understood."""
    patient = visit()
    patient.page.locator("[data-language=zh]").click()
    patient.begin(age="58", sex="male")
    patient.say("胸口压榨一样疼，出冷汗，喘不上气")
    expect(patient.page.locator(".an-banner.emergency_ambulance")).to_contain_text(
        "请立即呼叫救护车"
    )
    assert english(seen(patient.page), works) == []
