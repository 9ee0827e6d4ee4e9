"""Every check of the lint is seen to fail on a knowledge base with just that fault."""

from io import StringIO

import pytest

from assistant.errors import MissingExtraError
from assistant.knowledge import Knowledge, checking_codes
from assistant.knowledge.checking import Severity, check, run
from assistant.knowledge.schema import AmbiguityEntry, WordLists

HEART = "conditions/heart/heart_attack"


def said(problems, severity: Severity) -> str:
    return "\n".join(str(p) for p in problems if p.severity is severity)


def test_sound_tree_has_no_problem(tree):
    assert check(tree.load()) == []


# path|to|mapping, what is put there, what the error must say
BROKEN = {
    "unknown parent": (
        "findings/all|rash", {"implies": ["ghost"]}, "findings/rash/implies: there is no finding"),
    "unknown finding": (
        f"{HEART}|findings", {"ghost": 0.1}, "heart_attack/findings: there is no finding called"),
    "unknown risk": (HEART, {"risks": {"ghost": 2.0}}, "risks: there is no finding called ghost"),
    "unknown raised_by": (
        HEART, {"raised_by": {"ghost": "emergency"}}, "raised_by: there is no finding called"),
    "unknown in red flag": (
        "red_flags/all|heart", {"when": [["ghost"]]}, "red_flags/heart/when: there is no finding"),
    "unknown in group": (
        "groups/all|both", {"about": "ghost"}, "groups/both: there is no finding called ghost"),
    "unknown derived": (
        "derived", {"severe_pain": ["ghost"]}, "derived/severe_pain: there is no finding"),
    "unknown measure": (
        "derived",
        {"numbers": [{"measure": "x", "gives": ["fever"], "source": "book"}]},
        "there is no measure called x"),
    "unknown source": (HEART, {"sources": ["ghost"]}, "sources: there is no source called ghost"),
    "unknown in passage": (
        "passages/all|about_pain", {"about": ["ghost"]}, "passages/about_pain/about: there is no"),
    "circle": ("findings/all|pain", {"implies": ["pain_sharp"]}, "it implies itself"),
    "unused finding": (
        "findings/all",
        {"lonely": {
            "kind": "sign", "name": {"en": "lonely", "zh": "孤单"}, "background": 0.1,
            "phrases": {"en": ["alone"], "zh": ["一个人"]}}},
        "findings/lonely: no condition, red flag, group or derived rule uses it"),
    "child above parent": (
        f"{HEART}|findings", {"pain_sharp": 0.95}, "0.95 is more than the 0.9 of pain"),
    "child background": (
        "findings/all|pain_sharp", {"background": 0.2}, "0.2 is more than the 0.05 of pain"),
    "risk twice": (HEART, {"risks": {"pain": 2.0}}, "risks/pain: also stands under findings"),
    "cited unnamed": (HEART, {"cited": {"itch": "book"}}, "cited/itch: the condition does not"),
    "look-alike": (
        "conditions/lung/flu",
        {"findings": {"pain": 0.9, "pain_sharp": 0.5, "faint": 0.6, "nausea": 0.4, "fever": 0.06}},
        "nats from heart_attack: at least 1 are needed"),
    "no country for the rest": (
        "countries",
        {"XX": None, "GB": {
            "name": {"en": "GB", "zh": "英国"}, "ambulance": "999",
            "crisis": {"en": "call 1", "zh": "拨打 1"}, "source": "book"}},
        'the entry "XX"'),
    "no ambulance": ("countries|XX", {"ambulance": "ask"}, "ambulance: must be a number to dial"),
    "English is Chinese": (
        f"{HEART}|text|en", {"what": "这是心梗。"}, "text/en: is not English: 这是心梗。"),
    "Chinese is English": (
        f"{HEART}|text|zh", {"what": "A heart."}, "text/zh: is not Chinese: A heart."),
    "shouting": (f"{HEART}|text|en", {"do": "Go now!"}, "has an exclamation mark"),
    "shared phrase": (
        "findings/all|rash|phrases", {"en": ["Itch-phrase"]}, "“itch phrase” also means rash"),
    "shared name": (
        "findings/all|rash", {"name": {"en": "Itch", "zh": "皮疹"}}, "“itch” also means rash"),
    "no phrase": ("findings/all|rash|phrases", {"zh": []}, "phrases/zh: has no phrase"),
    "modifier of nothing": (
        "findings/all|rash", {"modifiers": {"en": ["red"], "zh": []}}, "implies nothing"),
    "same name": (
        "conditions/lung/flu", {"name": {"en": "Eczema", "zh": "流感"}}, "also a name of flu"),
    "question to you": (
        "findings/all|rash|question", {"en": "Do you have a rash?"}, "says “you”"),
    "question in Chinese to you": (
        "findings/all|rash|question", {"zh": "您有皮疹吗？"}, "says “您”"),
    "no question mark": ("findings/all|rash|question", {"en": "A rash."}, "is no question"),
    "no question": ("findings/all|rash", {"question": None}, "a symptom needs a question"),
    "men in labour": (HEART, {"icd10": ["O80"]}, "incidence/male: must be zero"),
    "nobody": (
        HEART, {"incidence": {"female": [0] * 8, "male": [0] * 8}}, "is zero for everybody"),
    "finding of the other sex": (
        HEART,
        {"icd10": ["N40"], "incidence": {"female": [0] * 8, "male": [1] * 8}},
        "findings/faint: is female only, as the condition never is"),
    "line that cannot be met": (
        "red_flags/all|heart",
        {"when": [["pain"], {"at_least": 3, "of": ["faint", "nausea"]}]},
        "asks for more findings than it lists"),
    "no such ICD-10 code": (HEART, {"icd10": ["I99.99"]}, "I99.99 is not in the WHO's ICD-10"),
    "ICD-10 chapter": (HEART, {"icd10": ["IX"]}, "IX is not in the WHO's ICD-10"),
    "no such HPO term": ("findings/all|rash", {"hpo": "HP:9999999"}, "HP:9999999 is no term"),
    "HPO term twice": ("findings/all|rash", {"hpo": "HP:0012531"}, "also stands at pain"),
    "specialty": (HEART, {"specialty": "heartology"}, "heartology is none of"),
    "place of care": (HEART, {"care": "spa"}, "spa is none of"),
    "family": ("red_flags/all|heart", {"family": "x"}, "x is none of"),
    "kind of source": ("sources/all|book", {"kind": "blog"}, "blog is none of"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_an_error(tree, fault):
    """A fault that the lint lets through reaches somebody who is ill."""
    path, change, message = BROKEN[fault]
    if fault == "finding of the other sex":
        tree.at("findings/all|faint")["sex"] = "female"
    place = tree.at(path)
    place.update(change)
    for key in [k for k, value in place.items() if value is None]:
        del place[key]

    assert message in said(check(tree.load()), Severity.ERROR)


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        (("rash", "ghost"), "ghost is no finding"),
        (("pain_sharp", "pain"), "pain_sharp is a form of another one named here"),
        (("rash", "faint"), "“It-here” is also in first"),
    ],
)
def test_ambiguous_words_mean_findings_that_differ(tree, findings, message):
    """Choices that are one thing, or none of ours, cannot be told apart by anybody."""
    sound = tree.load()
    words = WordLists(en=("It-here",), zh=("这里",))
    table = {
        "first": AmbiguityEntry(phrases=words, findings=("rash", "faint")),
        "second": AmbiguityEntry(phrases=words, findings=findings),
    }
    broken = Knowledge(sound.bundle.model_copy(update={"ambiguous": table}))
    assert message.lower() in said(check(broken), Severity.ERROR).lower()


def test_dangerous_condition_out_of_reach_is_an_error(tree):
    """No red flag can fire, and what is usually told points to something harmless."""
    tree.at(HEART)["findings"] = {**FLU_LIKE, "faint": 0.4}
    tree.at("red_flags/all|heart")["when"] = [["rash"], ["itch"]]

    found = said(check(tree.load()), Severity.ERROR)

    assert "conditions/heart_attack/urgency: emergency_ambulance, but no red flag can fire" in found


FLU_LIKE = {"fever": 0.5, "cough": 0.5, "nausea": 0.2, "pain": 0.3, "pain_sharp": 0.05}


def test_dangerous_condition_without_red_flag_is_a_warning(tree):
    """The differential alone raises it: somebody should look at that."""
    tree.at("red_flags/all|heart")["when"] = [["rash"], ["itch"]]

    found = said(check(tree.load()), Severity.WARNING)

    assert "only the differential can raise it" in found


@pytest.mark.parametrize(
    "limits", [{"sex": "female"}, {"age": [None, 1]}, {"level": "consultation_24h"}]
)
def test_red_flag_for_others_does_not_count(tree, limits):
    """A flag for women, babies or a lower level does not guard a man of any age."""
    bands = {"female": [0] * 8, "male": [0, 0, 1, 1, 1, 1, 1, 1]}
    tree.at(HEART)["incidence"] = bands
    tree.at("red_flags/all|heart").update(limits)

    assert "heart_attack/urgency" in said(check(tree.load()), Severity.WARNING)


def test_flag_that_a_lone_common_finding_fires_is_listed(tree):
    tree.at("red_flags/all|heart")["when"] = [["pain", "faint"]]

    found = said(check(tree.load()), Severity.WARNING)

    assert "red_flags/heart/when: pain alone fires it, and 5.0% of all" in found


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (HEART, {"raised_by": {"fever": "consultation"}}, "is not above the usual"),
        (f"{HEART}|synonyms", {"en": ["flu disease"]}, "“flu disease” is also a name of"),
        (
            "sources/all",
            {"other": {"title": "T", "publisher": "P", "year": 2000, "kind": "study"}},
            "sources/other: nothing rests on it",
        ),
    ],
)
def test_what_may_be_meant_is_a_warning(tree, path, change, message):
    tree.at(path).update(change)

    problems = check(tree.load())

    assert message in said(problems, Severity.WARNING)
    assert said(problems, Severity.ERROR) == ""


def test_modifier_of_two_children_is_a_warning(tree):
    for child in ("pain_sharp", "pain_dull"):
        tree.at("findings/all")[child] = {
            **tree.at("findings/all|pain_sharp"),
            "name": {"en": child, "zh": f"{child}疼"},
            "phrases": {"en": [f"{child} x"], "zh": [f"{child}疼疼"]},
            "modifiers": {"en": ["odd"], "zh": []},
        }
    tree.at(f"{HEART}|findings")["pain_dull"] = 0.2

    found = said(check(tree.load()), Severity.WARNING)

    assert "the en modifier “odd” leads to pain_dull, pain_sharp" in found


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (f"{HEART}|findings", {"pain": 1.0}, "conditions/heart_attack/findings/pain"),
        (f"{HEART}|name", {"zh": ""}, "conditions/heart_attack/name/zh"),
        ("findings/all|rash", {"colour": "red"}, "findings/rash/colour"),
    ],
)
def test_wrong_shape_is_told_with_its_place(tree, path, change, message):
    """A clinician gets the place of each fault, not a stack trace."""
    tree.at(path).update(change)
    out = StringIO()

    assert run(tree.write(), out) == 1
    assert message in out.getvalue()


def test_same_id_in_two_files_is_told(tree):
    tree.parts["sources/more"] = tree.parts["sources/all"]
    out = StringIO()

    assert run(tree.write(), out) == 1
    assert "sources/more.yaml: book is also in all.yaml" in out.getvalue()


def test_run_prints_a_summary_and_exits_with_zero(tree):
    out = StringIO()

    assert run(tree.write(), out) == 0
    assert "3 conditions, 9 findings, 1 red flags" in out.getvalue()
    assert out.getvalue().endswith("0 error(s), 0 warning(s).\n")


def test_warnings_alone_are_no_failure(tree):
    tree.at(HEART)["raised_by"] = {"fever": "consultation"}
    shown, hidden = StringIO(), StringIO()

    assert run(tree.write(), shown) == 0
    assert run(tree.write(), hidden, warnings=False) == 0
    assert "warning:" in shown.getvalue()
    assert "warning:" not in hidden.getvalue()


def test_missing_extra_names_its_remedy(tree, monkeypatch):
    """Without the tables the check must say so, never pass in silence."""
    monkeypatch.setattr(checking_codes, "find_spec", lambda _: None)
    checking_codes.hpo_terms.cache_clear()

    with pytest.raises(MissingExtraError, match=r"anamnesis\[knowledge\]"):
        check(tree.load())


def imaging(**label):
    """Return a picture model with one label that speaks for something, and one that does not."""
    both = {"en": "it", "zh": "它"}
    speaks = {"name": both, "finding": "rash", "conditions": ["eczema"], **label}
    return {
        "spots": {
            "modality": "dermoscopy",
            **dict.fromkeys(("name", "use", "not_for", "weak", "limit"), both),
            "licence": "open",
            "compares": "all",
            "sources": ["book"],
            "labels": {"bad": speaks, "good": {"name": both}},
        }
    }


def demand(verdict="likely", level="consultation"):
    why = {"en": "Because.", "zh": "因为。"}
    return {"verdict": verdict, "level": level, "why": why, "sources": ["book"]}


PICTURED = {
    "no such finding": (imaging(finding="ghost"), "there is no finding called ghost"),
    "no such condition": (imaging(conditions=["ghost"]), "there is no condition called ghost"),
    "no such source": (
        imaging(raises=[{**demand(), "sources": ["ghost"]}]), "there is no source called ghost"),
    "other kind": (imaging(), "rash is no finding of kind imaging"),
    "not named": (imaging(conditions=["heart_attack"]), "heart_attack does not name rash"),
    "finding alone": (imaging(conditions=[]), "needs both a finding and conditions"),
    "not to be taken back": (
        imaging(finding=None, conditions=[], raises=[demand()]), "could be taken back"),
    "unlikely demands": (imaging(raises=[demand("unlikely")]), "unlikely can demand nothing"),
    "unsure demands more": (
        imaging(raises=[demand("unsure")]), "unsure demands more than likely"),
    "demonstration": (
        {"spots": {**imaging(raises=[demand()])["spots"], "compares": "nothing"}},
        "a demonstration may speak for nothing"),
    "nothing to read": (
        {"spots": {**imaging()["spots"], "modality": "not_medical"}}, "no model may be shown"),
    "wrong language": (
        {"spots": {**imaging()["spots"], "weak": {"en": "它", "zh": "它"}}},
        "imaging/spots/weak/en"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PICTURED)
def test_each_fault_of_a_picture_model_is_an_error(tree, fault):
    """What a picture says must lead somewhere, and only ever to more care."""
    told, message = PICTURED[fault]
    if fault != "other kind":
        tree.at("findings/all|rash")["kind"] = "imaging"
    tree.parts["imaging"] = told

    assert message in said(check(tree.load()), Severity.ERROR)


def test_a_sound_picture_model_has_no_problem(tree):
    tree.at("findings/all|rash")["kind"] = "imaging"
    tree.at("findings/all|rash").pop("question", None)
    tree.parts["imaging"] = imaging(raises=[demand(), demand("unsure")])

    assert said(check(tree.load()), Severity.ERROR) == ""


def test_a_picture_that_alone_demands_an_emergency_is_a_warning(tree):
    tree.at("findings/all|rash")["kind"] = "imaging"
    tree.parts["imaging"] = imaging(raises=[demand(level="emergency")])

    assert "a picture alone demands emergency" in said(check(tree.load()), Severity.WARNING)
