"""What a reply is held to: what the scenario expects, and what holds in every consultation."""

import re
from collections.abc import Iterator

from scenario_player import Played
from scenario_script import Expect

from assistant.knowledge import Knowledge, facts_of
from assistant.records.dialogue import QuestionKind, Reply, TurnKind
from assistant.records.terms import Language, Urgency

_CHINESE = re.compile(r"[一-鿿]")
_SLOT = re.compile(r"\{\w*\}")


def act_of(reply: Reply) -> str:
    """Return what the assistant did."""
    if reply.question is not None:
        return "ask"
    return "crisis" if reply.consultation.crisis else "advise"


def said(reply: Reply) -> str:
    """Return all that the assistant says in a reply."""
    return "\n".join(message.text for message in reply.messages)


def unmet(
    expect: Expect, played: Played, before: int, step_ends: list[int], knowledge: Knowledge
) -> Iterator[str]:
    """Yield what is not as expected; `before` counts the replies before this step."""
    yield from _urgency(expect, played.last)
    yield from _understood(expect, played.last, knowledge)
    yield from _spoken(expect, played.last)
    yield from _questions(expect, played, before, step_ends)


def _urgency(expect: Expect, reply: Reply) -> Iterator[str]:
    told = reply.consultation.announced
    flags = reply.triage.red_flags if reply.triage else ()
    about = f"told {told.value if told else 'nothing'}, red flags {list(flags)}"
    if expect.level is not None and told != expect.level:
        yield f"level {expect.level.value} expected: {about}"
    if expect.at_least is not None and (told is None or told < expect.at_least):
        yield f"at least {expect.at_least.value} expected: {about}"
    if expect.at_most is not None and told is not None and told > expect.at_most:
        yield f"at most {expect.at_most.value} expected: {about}"
    if expect.act is not None and act_of(reply) != expect.act:
        yield f"act {expect.act} expected, not {act_of(reply)}: {about}"
    yield from (f"red flag {f} expected: {about}" for f in expect.red_flag if f not in flags)
    yield from (f"red flag {f} not expected: {about}" for f in expect.not_red_flag if f in flags)
    wanted = expect.condition_in_top
    if wanted is not None:
        top = [h.condition for h in reply.differential.top(wanted.n)]
        if not set(wanted.id) & set(top):
            yield f"one of {list(wanted.id)} expected among {top}"


def _understood(expect: Expect, reply: Reply, knowledge: Knowledge) -> Iterator[str]:
    case = reply.consultation.case
    facts = facts_of(case, knowledge)
    states = (
        ("present", facts.present),
        ("possible", facts.possible),
        ("absent", facts.absent),
        ("unclear", facts.unclear),
    )
    for finding, wanted in expect.finding.items():
        is_now = next((name for name, ids in states if finding in ids), "not_told")
        if finding not in knowledge.findings:
            yield f"there is no finding {finding}"
        elif is_now != wanted:
            yield f"{finding} should be {wanted}, is {is_now}; present: {sorted(facts.present)}"
    measured = {m.measure: m.value for m in case.measurements}
    for measure, value in expect.measured.items():
        if measured.get(measure) != value:
            yield f"{measure} should be {value}, measured: {measured}"
    if expect.age is not None and case.profile.age_years != expect.age:
        yield f"age should be {expect.age}, is {case.profile.age_years}"
    if expect.sex is not None and case.profile.sex is not expect.sex:
        yield f"sex should be {expect.sex}, is {case.profile.sex}"


def _spoken(expect: Expect, reply: Reply) -> Iterator[str]:
    words = said(reply)
    yield from (f"{part!r} expected in: {words}" for part in expect.contains if part not in words)
    yield from (f"{part!r} not expected in: {words}" for part in expect.lacks if part in words)
    language = reply.consultation.profile.language
    if expect.language is not None and language is not expect.language:
        yield f"language should be {expect.language}, is {language}"


def _questions(expect: Expect, played: Played, before: int, step_ends: list[int]) -> Iterator[str]:
    asked = [q.id for q in played.asked()]
    if expect.questions_at_most is not None and len(asked) > expect.questions_at_most:
        yield f"at most {expect.questions_at_most} questions expected: {asked}"
    if expect.questions_at_least is not None and len(asked) < expect.questions_at_least:
        yield f"at least {expect.questions_at_least} questions expected: {asked}"
    now, earlier = played.last.question, played.replies[before - 1].question
    if expect.same_question is not None:
        same = now is not None and earlier is not None and now.id == earlier.id
        if same != expect.same_question:
            yield f"question before {earlier and earlier.id}, after {now and now.id}"
    if expect.question_of_turn is not None:
        wanted = played.replies[step_ends[expect.question_of_turn - 1]].question
        if now is None or wanted is None or now.id != wanted.id:
            yield f"question {wanted and wanted.id} expected, not {now and now.id}"
    if expect.not_asked_again and now is not None:
        put = {q.id for q in played.asked(before)}
        if now.id in put:
            yield f"{now.id} was put again"


def broken(played: Played, number: int) -> Iterator[str]:
    """Yield what must not happen in any consultation, at reply `number` (from 1)."""
    turn = played.turns[number - 1]
    before, reply = played.replies[number - 1], played.replies[number]
    old, new = before.consultation, reply.consultation
    if turn.kind is not TurnKind.CORRECT:
        if old.announced is not None and (new.announced or Urgency.SELF_CARE) < old.announced:
            yield "the urgency fell without a correction"
        if new.floor < old.floor:
            yield "the floor fell without a correction"
    if new.floor > Urgency.CONSULTATION and (new.announced or Urgency.SELF_CARE) < new.floor:
        yield f"the floor {new.floor.value} was not told"
    if reply.triage is not None and reply.triage.level < reply.triage.floor:
        yield "the level is below the floor"
    if new.announced is not None and new.announced.is_emergency and reply.question is not None:
        yield f"{reply.question.id} was asked in an emergency"
    if reply.missing:
        yield f"a part failed: {reply.missing}"
    yield from _wording(reply)


def _wording(reply: Reply) -> Iterator[str]:
    words = said(reply)
    if not words.strip():
        yield "nothing was said"
    if _SLOT.search(words):
        yield f"a slot was left open: {words}"
    chinese = reply.consultation.profile.language is Language.CHINESE
    if bool(_CHINESE.search(words)) is not chinese:
        yield f"wrong language: {words}"
    question = reply.question
    if question is not None and question.kind is not QuestionKind.OPEN and not reply.choices:
        yield f"{question.id} has no buttons"
    if question is not None and not reply.why:
        yield f"{question.id} is not explained"
