"""Reading a free-text answer to the question that was just put: yes, no, not sure, a number."""

import re
import unicodedata

from assistant.records.dialogue import Question, QuestionKind
from assistant.records.terms import Assertion

# A short answer of its own: it ends there, or a comma, a full stop or "but" follows.
_END = (
    r"(?=\s*($|[,.;!?…，。；！？、]|but\b|though\b|really\b|actually\b|sometimes\b"
    r"|a (bit|little|lot)\b))"
)
_NO = re.compile(
    r"^\W*((no|nope|nah|nay|never|negative|neither)(?![a-z-])"
    r"|not? (yet|really|at all|that i know( of)?|that i'?m aware( of)?)"
    r"|none( of (these|them|those))?"
    rf"|(i (do|did|have|am|was)n'?t|i do not|(it|there|he|she|they) (is|does|has|do)n'?t){_END}"
    r"|((都|还|暂时|目前|暂时还|目前还)?没有?|無|都?不是|不会|不疼|不痛|不痒|从来没有?|否|未|没)(?!错|事|问题|注意)|不(?=[\s,。，.!]|$)|无(?=[\s,。，.!]|$))",
    re.I,
)
_YES = re.compile(
    r"^\W*((yes|yeah|yep|yup|yea|ya|definitely|certainly|of course|affirmative|all of (them|these))"
    r"(?![a-z])"
    rf"|(sure|correct|right|exactly|i (do|did|have|am|was)|(it|there|he|she) (is|does|has)){_END}"
    r"|(是的?|有的?|对的?|嗯+|会的?|没错|当然|确实|都有)(?![a-z]|没|不|点|时|一点))",
    re.I,
)
_UNSURE = re.compile(
    r"^\W*(not (quite |really |too |very )?(sure|certain)|unsure|i dunno|dunno|no idea|idk|"
    r"i (do not|don'?t)( really)? ?(know|remember|recall)|can'?t (say|tell|remember)|"
    r"cannot (say|tell)|hard to (say|tell)|who knows|i have no idea|"
    r"i'?m not (quite |really |too )?(sure|certain)|"
    r"不知道|不清楚|不确定|说不(清|好|准)|不(太|是很|大)(清楚|确定|知道)|没注意|记不(清|得)|忘了|拿不准)",
    re.I,
)
_POSSIBLE = re.compile(
    r"^\W*((maybe|perhaps|possibly|might be|could be|i think so|i guess( so)?|probably|kind of|"
    r"sort of|a (little|bit)|somewhat|sometimes)(?![a-z])|"
    r"可能(?!没|不)|也许|好像(?!没|不)|大概(?!没|不)|似乎(?!没|不)|有一?点|有时|应该(有|是))",
    re.I,
)
_SKIP = re.compile(
    r"^\W*(skip( (this|it|that))?|next( question)?|pass|i'?d rather not( say)?|prefer not to"
    r"( say| answer)?|跳过|下一(个|题)|不想(说|回答))\W*$",
    re.I,
)
_BACK = re.compile(
    r"^\W*(wait,? )?((please )?go back( one| please)?|back|previous( question)?|undo|上一(个|题)|"
    r"返回|后退|回到上一(个|题)?)\W*$",
    re.I,
)
_FINISH = re.compile(
    r"^\W*((别问了|不用(再)?问了)[，,。 ]*)?"
    r"(that'?s (all|it)|finish|stop( asking)?( questions)?|no more questions|just tell me.*|"
    r"what do you think( it is)?|give me (the|your) (result|advice|answer)s?|i'?m done|"
    r"就这些|没(有)?(别的|其他|了)|结束|别问了|不用(再)?问了|直接(告诉我|说).*|给我结果)\W*$",
    re.I,
)


def plain_answer(text: str) -> Assertion | None:
    """Return what a bare yes, no or doubt at the start of `text` asserts, or None."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").strip()
    for pattern, assertion in (
        (_UNSURE, Assertion.UNKNOWN),
        (_POSSIBLE, Assertion.POSSIBLE),
        (_NO, Assertion.ABSENT),
        (_YES, Assertion.PRESENT),
    ):
        if pattern.match(text):
            return assertion
    return None


def wants_skip(text: str) -> bool:
    """Whether the patient asks to pass over the question."""
    return bool(_SKIP.match(text.strip().replace("’", "'")))


def wants_back(text: str) -> bool:
    """Whether the patient asks for the question before."""
    return bool(_BACK.match(text.strip())) and len(text) < 40


def wants_finish(text: str) -> bool:
    """Whether the patient asks for the advice now."""
    return bool(_FINISH.match(text.strip().replace("’", "'"))) and len(text) < 60


_NUMBER = re.compile(r"(?<![\d.])(10|[0-9])(?:\s*(?:/|out of|of|分)\s*(?:10)?)?(?!\d|\.\d)")
_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")}


def scale_answer(text: str) -> int | None:
    """Return a score from 0 to 10 that stands in `text`."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text))
    if found:
        return int(found.group(1))
    digit = next((c for c in text if c in _CHINESE_DIGITS), None)
    return _CHINESE_DIGITS[digit] if digit else None


def answered(question: Question, assertion: Assertion) -> tuple[tuple[str, Assertion], ...]:
    """Return what a plain yes, no or doubt means for every finding of `question`.

    A plain "yes" to a choice of several says only that one of them is there, not which.
    """
    if question.kind in (QuestionKind.OPEN, QuestionKind.SCALE, QuestionKind.DURATION):
        return ()
    several = question.kind in (
        QuestionKind.CHOOSE_ONE, QuestionKind.CHOOSE_MANY, QuestionKind.CLARIFY,
    )  # fmt: skip
    if several and assertion in (Assertion.PRESENT, Assertion.POSSIBLE):
        return ()
    return tuple((finding, assertion) for finding in question.findings)
