"""Whose finding it is: the patient's, or a relative's.

Somebody who says "my son has a fever" or "my wife has chest pain" speaks for the patient: a red
flag must not be lost because the subject is a relative. A finding belongs to a relative only when

1. the words speak of the family ("family history of", "runs in the family", 家族史), or
2. a relative is its subject and it is a background fact, told in the past or beside what the
   speaker has: "my mother has diabetes", "my father had a stroke at 60"; but it is the patient's
   where the speaker tells complaints of the relative only, or speaks of a child: "my son had a
   tonsillectomy and now he bleeds", or
3. a relative is its subject, the speaker tells complaints of their own, and the sentence says
   that the other one has it too or had it before: "my brother also has a cough".
"""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re
from dataclasses import dataclass

from assistant.extraction.sentences import Sentence
from assistant.records.terms import Sex

_FEMALE = (
    "mother|mom|mum|mama|mommy|mummy|wife|daughter|sister|aunt|grandmother|grandma|granny|niece|"
    "girlfriend|nan|nana"
)
_MALE = (
    "father|dad|daddy|papa|husband|son|brother|uncle|grandfather|grandpa|grandad|granddad|nephew|"
    "boyfriend|hubby"
)
_EITHER = (
    "parents?|partner|cousins?|friend|colleague|coworker|neighbou?r|baby|child|kids?|children|"
    "toddler|infant|newborn|grandson|granddaughter|siblings?|twins?|roommate|flatmate|boss|"
    "classmate|boy|girl|little one"
)
_PERSON = re.compile(
    rf"\b(?:(?:my|our|his|her|the|a)\s+(?:\w+[- ]){{0,2}}?)?(?P<who>{_FEMALE}|{_MALE}|{_EITHER})\b",
    re.I,
)
_PERSON_ZH = re.compile(
    r"(?:我|我们|我家|咱)?(?P<who>妈妈?|母亲|老妈|爸爸?|父亲|老爸|奶奶|爷爷|姥姥|姥爷|外婆|外公|姐姐?|妹妹|哥哥?|弟弟|姨妈?|舅舅|"
    r"姑姑|叔叔|伯伯|老婆|妻子|媳妇|老公|丈夫|儿子|女儿|闺女|孙子|孙女|父母|爸妈|朋友|同事|同学|邻居|室友|孩子|宝宝|小孩|娃)"
)
_FEMALE_ZH = re.compile(r"妈|母亲|奶奶|姥姥|外婆|姐|妹|姨|姑|老婆|妻子|媳妇|女儿|闺女|孙女")
_MALE_ZH = re.compile(r"爸|父亲|爷|外公|哥|弟|舅|叔|伯|老公|丈夫|儿子|孙子")
_SELF = re.compile(
    r"\b(?:i|i'm|i've|im|ive|i'd)\b(?! (?:think|guess|believe|am (?:worried|scared|afraid)|'m (?:worried|scared)|"
    r"want|(?:do not|don't|dont) (?:want|know|think|have (?:the )?money|like)|would|will|should|(?:can not|cannot|can't|cant) (?:afford|pay|drive|go)|need|noticed|see|saw|took|measured|checked|gave|have (?:a|an|two|three) (?:\w+ )?(?:son|daughter|baby|child|boy|girl)))"
    r"|\bmy (?!"
    + "|".join((_FEMALE, _MALE, _EITHER))
    + r")\w+ (?:is|are|hurts?|aches?|feels?|has|have|keeps?)\b",
    re.I,
)
_SELF_ZH = re.compile(
    r"(?<![\u4e00-\u9fff])我(?!妈|爸|奶|爷|姥|外|姐|妹|哥|弟|姨|舅|姑|叔|伯|老|妻|媳|丈|儿|女|闺|孙|父|母|家|们|朋|同|邻|室|孩|宝|小|娃|怀疑|觉得|想|不想|不要|不敢|该|要|能|可以|担心|害怕|怕|看|应该|需要)"
)
_ALSO = re.compile(
    r"\b(?:also|too|as well|same|similar|had|died|passed away|used to|diagnosed with)\b|也|同样|得过|去世|走的",
    re.I,
)
_PAST = re.compile(
    r"\b(?:had|died|passed away|was diagnosed|suffered from)\b|得过|去世|患过|曾", re.I
)
# What stands before somebody who is no subject: "I had my baby three weeks ago".
_OBJECT = re.compile(
    r"\b(?:had|have|having|delivered|feed|feeding|nursing|breastfeed\w*|with|for|to|of|from|by|after)\s+$",
    re.I,
)
_DEAD = re.compile(r"\b(?:died|passed away)\b|去世|走的", re.I)
_CHILD = re.compile(
    r"son|daughter|baby|child|kids?|children|toddler|infant|newborn|twins?|boy|girl|little one|"
    r"儿子|女儿|闺女|孩子|宝宝|小孩|娃",
    re.I,
)
_VERB = re.compile(
    r"\s*(?:'s|has|have|had|is|was|are|were|can't|cannot|can|keeps?|got|gets|feels?|felt|says|said|just|"
    r"suddenly|started|woke|fell|drank|ate|took|hit|looks|won't|wont|doesn't|did|died|went|passed|vomit\w*|"
    r"cough\w*|complain\w*|seems|refus\w*|who|also|\d|,)",
    re.I,
)


SUBJECT_WITHIN = 300


@dataclass(frozen=True, slots=True)
class People:
    """Who is spoken of in one text."""

    own_complaint: bool  # the speaker tells of "I" or "my head hurts"
    relative_ill: bool = False  # a relative has a complaint now, and the speaker tells none

    def is_relatives(self, sentence: Sentence, start: int, background: bool) -> bool:
        """Whether the finding at `start` of the plain text is a relative's, by rules 2 and 3."""
        before = sentence.text[: start - sentence.start]
        subject = _last_subject(before)
        if subject is None:
            return False
        if background and not self.own_complaint:
            patient = self.relative_ill or bool(_CHILD.fullmatch(subject.group("who")))
            told = before[subject.end() :]
            return bool(_DEAD.search(told) or (_PAST.search(told) and not patient))
        if background:
            return True
        return self.own_complaint and bool(_ALSO.search(sentence.text))


def speaks_of_self(text: str) -> bool:
    """Whether the speaker is a subject in a text: "I", "my head hurts", 我."""
    return bool(_SELF.search(text) or _SELF_ZH.search(text))


def relative_before(sentence: Sentence, start: int) -> bool:
    """Whether a relative is the subject of what begins at `start` of the plain text."""
    return _last_subject(sentence.text[: start - sentence.start]) is not None


def _last_subject(before: str) -> re.Match[str] | None:
    """Return the relative who is the subject of what follows `before`, if one is.

    No subject stands further away than SUBJECT_WITHIN characters; without a limit, a long list of
    complaints in one sentence would take minutes.
    """
    before = before[-SUBJECT_WITHIN:]
    found = None
    for pattern, own in ((_PERSON, _SELF), (_PERSON_ZH, _SELF_ZH)):
        for match in pattern.finditer(before):
            rest = before[match.end() :]
            if own.search(rest) or _OBJECT.search(before[: match.start()]):
                continue
            if pattern is _PERSON_ZH or not rest.strip() or _VERB.match(rest):
                found = match
    return found


def sex_of_subject(text: str) -> Sex | None:
    """Return the sex of the relative whose complaint a text opens with, if it shows."""
    if speaks_of_self(text):
        return None
    match = _PERSON.search(text)
    if match is not None and _VERB.match(text[match.end() :]):
        who = match.group("who").lower()
        if re.fullmatch(_FEMALE, who) or who in ("girl", "granddaughter"):
            return Sex.FEMALE
        return Sex.MALE if re.fullmatch(_MALE, who) or who in ("boy", "grandson") else None
    chinese = _PERSON_ZH.match(text.strip())
    if chinese is None:
        return None
    if _FEMALE_ZH.search(chinese.group("who")):
        return Sex.FEMALE
    return Sex.MALE if _MALE_ZH.search(chinese.group("who")) else None
