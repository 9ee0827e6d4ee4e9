"""The report says everything a clinician needs, in both languages, and obeys no patient's words."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.records.diagnosis import Differential, Triage
from assistant.records.finding import Attribute, Finding
from assistant.records.report import Report
from assistant.records.terms import Assertion, Language, Urgency
from assistant.reporting import render_html, render_soap, render_text
from assistant.reporting.wording import lasting, printable

RENDERERS = [render_text, render_html, render_soap]
EVERY_FORM = pytest.mark.parametrize("render", RENDERERS, ids=lambda r: r.__name__)
EN, ZH = Language.ENGLISH, Language.CHINESE


def shown(render, report, knowledge, phrasing, language=EN) -> str:
    return html.unescape(render(report, knowledge, phrasing, language))


@EVERY_FORM
def test_facts_stand_in_every_form(render, report, knowledge, phrasing):
    text = shown(render, report, knowledge, phrasing)

    for fact in (
        "58 years old, male",
        "I have crushing pain in my chest for two hours",
        "Call an ambulance now: 999",
        "[rule possible_heart_attack]",
        "above all Heart attack",
        "NEWS2",
        "“no fever”",
        "“maybe a bit sick”",
        "severity 9 of 10",
        "for 2 hours",
        "a relative",
        "Upper blood pressure 98 mmHg “BP 98/60”",
        "Medicines: aspirin",
        "Allergies: not told",
        "I21.9",
        "62 %",
        "the medical passages",
        "not a diagnosis",
    ):
        assert fact in text, fact


@pytest.mark.parametrize("render", [render_text, render_html])
def test_evidence_gaps_and_sources_are_told(render, report, knowledge, phrasing):
    text = shown(render, report, knowledge, phrasing)

    assert "For: crushing or tight chest pain" in text
    assert "Against: no fever" in text
    assert "Not asked does not mean absent" in text
    assert "Book (X, 2020)" in text
    assert "knowledge abc" in text


@EVERY_FORM
@pytest.mark.parametrize(("language", "heading"), [(EN, "Taken back by"), (ZH, "患者已撤回")])
def test_what_was_taken_back_is_named(render, report, knowledge, phrasing, language, heading):
    """A clinician sees what was said and then withdrawn; what stands all the same is not in it."""
    back = tuple(replace(f, evidence=f"taken back {f.concept}") for f in report.case.findings[:1])
    gone = replace(back[0], concept="cyanosis", evidence="lips like ink")
    case = replace(report.case, retracted=(*back, gone))
    text = shown(render, replace(report, case=case), knowledge, phrasing, language)

    assert heading in text
    assert "lips like ink" in text
    assert "taken back chest_pain" not in text
    assert heading not in shown(render, report, knowledge, phrasing, language)


@EVERY_FORM
def test_chinese_report_is_chinese(render, report, knowledge, phrasing):
    text = shown(render, report, knowledge, phrasing, ZH)

    assert "58 岁、男" in text
    assert "请立即呼叫救护车：999" in text
    assert "否认" in text
    assert "急性心肌梗死" in text


def test_denied_possible_and_unclear_stay_apart(report, knowledge, phrasing):
    """ "Not sure" must never be read as "no"."""
    text = render_text(report, knowledge, phrasing, EN)

    def part(heading: str) -> str:
        return text.split(f"\n{heading}\n")[1].split("\n\n")[0]

    assert "ever" in part("Denied")
    assert "feeling sick" in part("Possible")
    assert "swollen leg" in part("Asked, not known")
    assert "cough" in part("Earlier, not now")
    assert "smok" in part("History and risks").lower()


def test_timeline_begins_with_what_has_lasted_longest(report, knowledge, phrasing):
    text = render_text(report, knowledge, phrasing, EN)
    timeline = text.split("\nTimeline\n")[1].split("\n\n")[0]

    assert timeline.index("for 4 weeks: tiredness") < timeline.index("for 2 hours")


def test_level_kept_from_before_says_so(report, knowledge, phrasing):
    """The level may be higher than any reason that still stands."""
    kept = replace(report, triage=Triage(level=Urgency.EMERGENCY, reasons=()))

    assert "reached earlier in the talk" in render_text(kept, knowledge, phrasing, EN)


@EVERY_FORM
@pytest.mark.parametrize("language", Language)
def test_empty_report_still_renders(render, language, knowledge, phrasing, report):
    """Whatever failed, there is a report."""
    empty = Report(
        consultation_id="c", created="", case=type(report.case)(), triage=Triage(
            level=Urgency.CONSULTATION
        ), differential=Differential()
    )  # fmt: skip

    assert render(empty, knowledge, phrasing, language)


@EVERY_FORM
def test_ids_that_the_knowledge_has_lost_are_shown_as_they_are(render, report, knowledge, phrasing):
    """An old consultation outlives the renaming of a finding."""
    lost = replace(
        report,
        not_asked=("old_finding",),
        triage=replace(report.triage, reasons=(replace(report.triage.reasons[0], id="old_flag"),)),
        differential=Differential(
            hypotheses=(replace(report.differential.hypotheses[0], condition="old_condition"),)
        ),
    )

    text = shown(render, lost, knowledge, phrasing)

    for name in ("old_finding", "old_flag", "old_condition"):
        assert name in text


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def tags_of(page: str) -> Tags:
    parser = Tags()
    parser.feed(page)
    return parser


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</pre></details><iframe src=//evil>",
    "{{ 7*7 }} {% raw %} {0} {words}",
    "&lt;b&gt; javascript:alert(1)",
]


@pytest.mark.parametrize("words", ATTACKS)
@pytest.mark.parametrize("language", Language)
def test_patient_words_are_never_markup(words, language, saying, knowledge, phrasing):
    """A report is opened in a hospital's browser: what was typed stays text."""
    clean = tags_of(render_html(saying("pain"), knowledge, phrasing, language))

    page = render_html(saying(words), knowledge, phrasing, language)

    assert tags_of(page).tags == clean.tags
    assert tags_of(page).attributes == clean.attributes
    assert words in html.unescape(page)


@given(words=st.text(max_size=60))
def test_no_words_can_break_out_of_their_line(words, knowledge, phrasing):
    """A quote with line breaks could pass for another part of the report."""
    line = printable(words)

    assert "\n" not in line
    assert line.isprintable() or line == ""


def test_forged_heading_stays_inside_its_quote(saying, knowledge, phrasing):
    forged = "pain\n\nUrgency: Looking after it at home\n\u202eevil\x1b[2J\x00"

    text = render_text(saying(forged), knowledge, phrasing, EN)

    assert "\nUrgency: Looking" not in text
    assert not re.search("[\u202e\x1b\x00]", text)


def test_page_stands_alone(report, knowledge, phrasing):
    """Opened years later, offline: nothing is loaded, nothing runs."""
    page = render_html(report, knowledge, phrasing, EN)
    tags = tags_of(page)

    assert not {"script", "link", "img", "iframe", "form"} & set(tags.tags)
    assert not [name for name, _ in tags.attributes if name in ("src", "href") or name[:2] == "on"]
    assert "http" not in page.replace("http-equiv", "")
    assert ("lang", "en") in tags.attributes
    assert ("lang", "zh-Hans") in tags_of(render_html(report, knowledge, phrasing, ZH)).attributes
    assert "@media print" in page


def test_colours_have_contrast(report, knowledge, phrasing):
    """WCAG 2.2 AA asks for 4.5 to 1; all text here is on white."""
    page = render_html(report, knowledge, phrasing, EN)
    colours = re.findall(r"(?<!border-)\bcolor: #([0-9a-f]{3,6})", page)

    assert len(colours) >= 6
    for colour in colours:
        assert contrast_with_white(colour) >= 4.5, colour


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of WCAG 2.2 against white."""
    full = "".join(2 * c for c in colour) if len(colour) == 3 else colour
    channels = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.01, "under an hour"),
        (1 / 24, "1 hour"),
        (0.25, "6 hours"),
        (1, "1 day"),
        (3, "3 days"),
        (14, "2 weeks"),
        (90, "3 months"),
        (365, "12 months"),
        (1000, "3 years"),
    ],
)
def test_durations_are_told_in_a_fitting_unit(days, words, phrasing):
    assert lasting(days, phrasing, EN) == words


@EVERY_FORM
def test_id_that_gives_access_is_not_printed(render, report, knowledge, phrasing):
    """Whoever knows a consultation's id can open it: a printed report must not carry it."""
    secret = replace(report, consultation_id="5f3c9a7e21d84b60")

    assert "5f3c9a7e21d84b60" not in render(secret, knowledge, phrasing, EN)


@EVERY_FORM
def test_same_report_renders_the_same(render, report, knowledge, phrasing):
    first = render(report, knowledge, phrasing, EN)

    assert first == render(report, knowledge, phrasing, EN)


def test_soap_has_its_four_parts_in_order(report, knowledge, phrasing):
    note = render_soap(report, knowledge, phrasing, EN)
    starts = [re.search(rf"^{letter} \(", note, re.MULTILINE) for letter in "SOAP"]

    assert all(starts)
    assert [m.start() for m in starts if m] == sorted(m.start() for m in starts if m)


@EVERY_FORM
def test_words_that_tell_more_and_open_meanings_are_named(render, report, knowledge, phrasing):
    """A clinician sees when and how it goes in the patient's words, and what was left open."""
    cough = Finding(
        concept="cough", assertion=Assertion.PRESENT, evidence="cough",
        attributes=(Attribute(kind="course", words="getting worse"),),
    )  # fmt: skip
    open_meaning = Finding(
        concept="ear_discharge", assertion=Assertion.POSSIBLE, evidence="discharge",
        ambiguous_with=("eye_discharge",),
    )  # fmt: skip
    case = replace(report.case, findings=(cough, open_meaning))
    shown = render(replace(report, case=case), knowledge, phrasing, EN)
    assert "getting worse" in shown
    assert "not told which" in shown
