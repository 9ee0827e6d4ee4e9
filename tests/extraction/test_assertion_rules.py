"""Every cue does what its example says; what only looks like one does nothing."""

import pytest

from assistant.extraction.assertion import Assertions, Status
from assistant.extraction.assertion_en import RULES_EN
from assistant.extraction.assertion_rules import Effect, Rule
from assistant.extraction.assertion_zh import RULES_ZH
from assistant.extraction.mentions import Mention
from assistant.extraction.normalising import normalise
from assistant.extraction.sentences import sentences
from assistant.records.terms import Assertion, Time


def status_of(example: str) -> Status:
    """Return what is said of the {marked} words of an example; (other) mentions in brackets."""
    plain = normalise(example).text
    start, end = plain.index("{"), plain.index("}") - 1
    text = plain.replace("{", "").replace("}", "")
    sentence = next(s for s in sentences(text) if s.start <= start < s.end)
    asked = text[sentence.end : sentence.end + 1] == "?"
    mention = Mention(("fever",), start, end, 1)
    return Assertions(sentence, [mention], asked).of(mention)


def effect_of(example: str) -> Effect:
    status = status_of(example)
    if not status.said:
        return Effect.UNSAID
    if status.family:
        return Effect.FAMILY
    if status.time is Time.PAST:
        return Effect.PAST
    if status.gone:
        return Effect.GONE
    named = {Assertion.ABSENT: Effect.ABSENT, Assertion.POSSIBLE: Effect.POSSIBLE}
    return named.get(status.assertion, Effect.NONE)


@pytest.mark.parametrize("rule", [*RULES_EN, *RULES_ZH], ids=lambda rule: rule.example)
def test_each_rule_holds_for_its_example(rule: Rule):
    assert effect_of(rule.example) is rule.effect


@pytest.mark.parametrize(
    ("example", "effect"),
    [
        ("no fever, cough or {rash}", Effect.ABSENT),
        ("no {fever}, cough or rash", Effect.ABSENT),
        ("No cough, {fever}, rash, chills", Effect.ABSENT),
        ("no fever, {chest pain} since this morning", Effect.NONE),
        ("no fever, {chest pain}", Effect.POSSIBLE),
        ("no fever but {chest pain}", Effect.NONE),
        ("no cough, I have {fever}", Effect.NONE),
        ("no cough and I have {fever}", Effect.NONE),
        ("No, I have {fever}", Effect.NONE),
        ("No, {fever} since monday", Effect.NONE),
        ("denies cough, nausea, {vomiting}", Effect.ABSENT),
        ("denies cough but reports {vomiting}", Effect.NONE),
        ("I haven't noticed any {rash}", Effect.ABSENT),
        ("he isn't {vomiting}", Effect.ABSENT),
        ("there is no sign of {infection}", Effect.ABSENT),
        ("cough without {fever} or chills", Effect.ABSENT),
        ("neither cough nor {fever}", Effect.ABSENT),
        ("except for {fever} I am fine", Effect.NONE),
        ("the {pain} doesn't go away", Effect.NONE),
        ("my {cough} won't stop", Effect.NONE),
        ("{fever} not relieved by tablets", Effect.NONE),
        ("I cannot walk because of {knee pain}", Effect.NONE),
        ("I can't say no to food, {vomiting} daily", Effect.NONE),
        ("worried about my {chest pain}", Effect.NONE),
        ("I am worried because I have {chest pain}", Effect.NONE),
        ("it hurts if I press, with {fever}", Effect.NONE),
        ("had {chest pain} yesterday", Effect.NONE),
        ("{chest pain} that started two years ago", Effect.NONE),
        ("I have had {chest pain} in the past two days", Effect.NONE),
        ("没有发烧、{咳嗽}", Effect.ABSENT),
        ("没有发烧和{咳嗽}", Effect.ABSENT),
        ("没发烧，{咳嗽}两天", Effect.NONE),
        ("没发烧但是{咳嗽}", Effect.NONE),
        ("没有发烧有{咳嗽}", Effect.NONE),
        ("否认发热，{咳嗽}", Effect.ABSENT),
        ("{咳嗽}不停", Effect.NONE),
        ("{头疼}没有缓解", Effect.NONE),
        ("从来没有{头疼}", Effect.ABSENT),
        ("不知道是不是{发烧}", Effect.POSSIBLE),
        ("如果{发烧}", Effect.UNSAID),
        ("小时候有{哮喘}", Effect.PAST),
        ("去年开始{咳嗽}", Effect.NONE),
    ],
)
def test_scope(example, effect):
    """A lost "no" alarms for nothing; a "no" that reaches too far hides an emergency."""
    assert effect_of(example) is effect
