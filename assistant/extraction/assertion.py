"""What is said of a mention: there, not there, doubtful, feared, over, or told of the family."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.extraction.assertion_en import END_EN, END_PAST_EN, OWN_EN, RULES_EN
from assistant.extraction.assertion_rules import Effect, Rule, Side
from assistant.extraction.assertion_zh import END_DENIAL_ZH, END_ZH, OWN_ZH, RULES_ZH
from assistant.extraction.mentions import Mention
from assistant.extraction.sentences import Sentence
from assistant.records.terms import Assertion, Time

FAR = 400  # characters; no cue reaches further, also in a long list
_END_EN, _END_ZH = re.compile(END_EN, re.I), re.compile(END_ZH)
_END_DENIAL_ZH = re.compile(END_DENIAL_ZH)
_END_PAST_EN, _OWN_EN = re.compile(END_PAST_EN, re.I), re.compile(OWN_EN, re.I)
_OWN_ZH = re.compile(OWN_ZH)
_WORD = re.compile(r"[\w'/-]+")
_TOLD_PAST = re.compile(r"x|\b(?:had|was|were|did|got)\b", re.I)
_NEW_SUBJECT = re.compile(
    r"(?:,|\band\b)\s*(?:(?:and|so|but|now) )*(?:(?:my|his|her|our|their|the) )?$", re.I
)
_VERB = re.compile(
    r"(?:i|he|she|we|they|my) \w|[^.]*\b(?:hurts?|aches?|is|are|feels?|burns?|itch(?:es)?"
    r"|swell(?:s|ed)|bleeds?)\b",
    re.I,
)
_CURRENT = re.compile(
    r"\b(?:since|started|began|for the (?:last|past)|onset|again|came back|returned|worse now)\b"
    r"|开始|至今|一直|到现在|又|再次",
    re.I,
)
_BREAK = re.compile(r"[;。]|\b(?:but|although|though|however|because|so)\b|但|可是|不过", re.I)
_TRAILING = re.compile(r"\s*(?:for|since)\b|\s*\d|[一二两三几半]+[天周个]", re.I)
# A space between two Chinese words ends a clause; it is written ";", which no sentence holds.
_SPACE_ZH = re.compile(r"(?<=[㐀-鿿])\s(?=\s*[㐀-鿿])")
_BARE_ZH = re.compile(r"[x、,和跟或及者\s]*")  # nothing but mentions
# Words that tell something, where a denied list has bare names: 没有尿痛 尿里有血.
_TOLD_ZH = re.compile(r"[有了着得很太又还再不没]|突然|开始|今|昨|最近|一直|现在|越来越")
_HISTORY_ZH = re.compile(r"史|病|药|过敏|外伤|受伤|摔|撞|手术|怀孕|血压|血脂|烟|酒|接触")
_CONTRAST_ZH = re.compile(r"\s*(?:但|不过|可是|就是|只)")
_ALL_ZH = re.compile(r"[都也全均]")


# A clinician's list of signs: "(+) fever (-) cough", or "fever +, cough -".
_SIGN_FIRST = re.compile(r"\s*(?:[A-Za-z/ ]+:\s*)?(?:\([+-]\)|[+-](?=[A-Za-z]))")
_SIGN = re.compile(r"\([+-]\)|(?<![\w)])[+-](?=\s?[A-Za-z])")
_SIGN_LAST = re.compile(r"\w\s?(?:\++|-|\([+-]+\))(?=\s*(?:$|[,;]))")
_MINUS_LAST = re.compile(r"\s?(?:-|\(-\))(?=\s*(?:$|[,;]))")


@dataclass(frozen=True, slots=True)
class Status:
    """What is said of one mention."""

    assertion: Assertion = Assertion.PRESENT
    time: Time = Time.NOW
    family: bool = False
    said: bool = True  # False: feared, supposed or asked, so nothing is stated
    gone: bool = False  # it was there, and passed
    doubted: bool = False  # two readers differ, and one says that it is there
    # What only the network says of a red flag's finding: heard, and no reason to dismiss it.
    maybe_past: bool = False
    maybe_family: bool = False


@dataclass(frozen=True, slots=True)
class _Cue:
    rule: Rule
    start: int
    end: int
    chinese: bool


class Assertions:
    """The cues of one sentence, and what they do to its mentions."""

    def __init__(
        self, sentence: Sentence, mentions: Sequence[Mention], asked: bool = False
    ) -> None:
        """`asked`: the sentence ends in a question mark."""
        self._sentence, self._mentions, self._asked = sentence, mentions, asked
        self._spans = sorted((m.start - sentence.start, m.end - sentence.start) for m in mentions)
        self._text = _SPACE_ZH.sub(";", sentence.text) if sentence.chinese else sentence.text
        found: list[_Cue] = []
        if sentence.english:
            found += self._cues(RULES_EN, chinese=False)
        if sentence.chinese:
            found += self._cues(RULES_ZH, chinese=True)
        self._found = found

    def _cues(self, rules: Iterable[Rule], chinese: bool) -> list[_Cue]:
        """Return the cues in order of the table; those inside a mention or an earlier cue fall."""
        kept: list[_Cue] = []
        for rule in rules:
            if (
                rule.effect is Effect.UNSAID
                and rule.cue.pattern.startswith("^")
                and not self._asked
            ):
                continue
            for match in rule.cue.finditer(self._text):
                start, end = self._before_mentions(rule, match)
                taken = any(
                    cue.start < end and start < cue.end and cue.rule.effect is not rule.effect
                    for cue in kept
                )
                if end > start and not taken and self._has_target(rule, start):
                    kept.append(_Cue(rule, start, end, chinese))
        return kept

    def _has_target(self, rule: Rule, start: int) -> bool:
        """Whether a cue that speaks of what stands before it has anything there to speak of."""
        if rule.side is not Side.BEFORE_CUE or rule.effect is not Effect.NONE:
            return True
        return any(m.end - self._sentence.start <= start for m in self._mentions)

    def _before_mentions(self, rule: Rule, match: re.Match[str]) -> tuple[int, int]:
        """Return the span of a cue outside the mentions; an empty one where it lies in one.

        A cue may run into a mention: in "I don't feel dizzy" the mention is "feel dizzy", and what
        is left of the cue, "don't", still denies it.
        """
        start, end = match.span()
        spans = [
            (m.start - self._sentence.start, m.end - self._sentence.start) for m in self._mentions
        ]
        over = [first for first, last in spans if first < end and start < last]
        if not over:
            return start, end
        left = rule.cue.match(self._text, start, min(over)) if min(over) > start else None
        return left.span() if left else (start, start)

    def of(self, mention: Mention) -> Status:
        """Return what the sentence says of `mention`."""
        effects: list[Effect] = [
            effect
            for cue in self._found
            if (effect := self._effect(cue, mention)) is not Effect.NONE
        ]
        if sign := self._signed(mention):
            effects = [*(e for e in effects if e is not Effect.ABSENT), sign]
        if Effect.UNSAID in effects:
            return Status(said=False)
        assertion = Assertion.PRESENT
        if Effect.ABSENT in effects or Effect.GONE in effects or mention.denied:
            twice = mention.denied and Effect.ABSENT in effects
            assertion = Assertion.POSSIBLE if twice else Assertion.ABSENT
        elif Effect.POSSIBLE in effects:
            assertion = Assertion.POSSIBLE
        past = Effect.PAST in effects and not self._current(mention)
        return Status(
            assertion=assertion,
            time=Time.PAST if past else Time.NOW,
            family=Effect.FAMILY in effects,
            gone=Effect.GONE in effects,
        )

    def _signed(self, mention: Mention) -> Effect | None:
        """Return what a plus or minus says in a list of signs; None where there is no such list."""
        start, end = mention.start - self._sentence.start, mention.end - self._sentence.start
        if _SIGN_FIRST.match(self._text):
            *_, last = (None, *_SIGN.finditer(self._text[: start + 1]))
            if last is None:
                return None
            denied, listed = "-" in last.group(), "," in self._text[last.end() : start]
            if not denied:
                return Effect.NONE
            return Effect.POSSIBLE if listed else Effect.ABSENT
        if _MINUS_LAST.match(self._text, end) and len(_SIGN_LAST.findall(self._text)) > 1:
            return Effect.ABSENT
        return None

    def _current(self, mention: Mention) -> bool:
        """Whether the words around say that it began then and goes on."""
        start, end = mention.start - self._sentence.start, mention.end - self._sentence.start
        return bool(_CURRENT.search(self._text[max(0, start - 40) : end + 40]))

    def _effect(self, cue: _Cue, mention: Mention) -> Effect:
        """Return what one cue does to one mention; NONE where it does not reach it."""
        start, end = mention.start - self._sentence.start, mention.end - self._sentence.start
        if cue.rule.effect is Effect.NONE:
            return Effect.NONE
        if cue.rule.side is Side.AFTER_CUE:
            if cue.end > start or start - cue.end > FAR:
                return Effect.NONE
            between = self._between(cue.end, start)
            if not cue.chinese:
                return self._forward(cue, between, end)
            return self._forward_zh(cue, between, end, mention.denied)
        if cue.start < end or cue.start - end > FAR:
            return Effect.NONE
        return self._backward(cue, end)

    def _forward_zh(self, cue: _Cue, between: str, end: int, denied: bool) -> Effect:
        """Decide on a Chinese cue that stands before its target.

        A space ends the clause, and a denial goes on only over bare names. What says nothing but
        没有发烧 咳嗽 头疼 denies all three; in a shorter list, or beside complaints, the later
        ones may well be there.
        """
        scope = between.replace(",", "、") if cue.rule.lists else between
        denies = cue.rule.effect is Effect.ABSENT
        listed = cue.rule.effect
        if ";" in scope:
            if denies:
                listed = Effect.NONE if denied else self._spaced(cue, between, end)
                scope = scope.replace(";", "、")
            elif cue.rule.lists or scope.find(";") == 0:
                scope = scope.replace(";", "", 1)
        if _end_of(cue).search(scope) or _distance(between, True) > cue.rule.reach:
            return Effect.NONE
        return listed

    def _spaced(self, cue: _Cue, between: str, end: int) -> Effect:
        """Decide whether a denial reaches a later one of clauses parted by spaces."""
        first, *others = between.split(";")
        own, *following = self._between(end, min(len(self._text), end + FAR)).split(";")
        denied, *told = self._text[cue.end : end + len(own.replace("x", ""))].split(";")
        bare = all(map(_BARE_ZH.fullmatch, (*others, own)))
        if not bare or any(map(_TOLD_ZH.search, told)):
            return Effect.NONE
        if _HISTORY_ZH.search(denied) and not any(map(_HISTORY_ZH.search, told)):
            return Effect.NONE  # 没有过敏史 嘴唇肿 喘
        if not first.strip():  # 没有 发烧: "no fever", or "no; a fever"
            return Effect.POSSIBLE
        if cue.rule.reach < 3 or "x" not in first:  # 不发烧 咳嗽; 没有药了 头疼
            return Effect.NONE
        rest = [clause for clause in following if not _BARE_ZH.fullmatch(clause)]
        if len(others) + len(following) - len(rest) < 2:
            return Effect.NONE if rest else Effect.POSSIBLE
        alone = not self._text[: cue.start].strip("; 我")
        closed = not rest or _CONTRAST_ZH.match(rest[0])
        return Effect.ABSENT if alone and closed else Effect.POSSIBLE

    def _forward(self, cue: _Cue, between: str, end: int) -> Effect:
        lists = cue.rule.lists
        if _END_EN.search(between) or _distance(between, False) > cue.rule.reach:
            return Effect.NONE
        mention = self._text[end - self._length_of(end) : end]
        if _NEW_SUBJECT.search(between) and _VERB.match(mention):
            return Effect.NONE  # "I have not been vomiting, and my stomach hurts"
        if cue.rule.effect is Effect.PAST and self._back_to_now(between, end):
            return Effect.NONE
        if "^" in cue.rule.cue.pattern and self._asked_of_own(between, end):
            return Effect.NONE
        if cue.rule.effect is Effect.ABSENT:
            if "," in between:
                return self._listed(cue, between, end)
            if re.search(r"\band\b", between) and _TRAILING.match(self._text[end:]):
                return Effect.POSSIBLE  # "no fever and chest pain for 3 days"
        return Effect.NONE if "," in between and not lists else cue.rule.effect

    def _back_to_now(self, between: str, end: int) -> bool:
        """Whether the words after a cue of the past have come to today, or a mention says it.

        "Years ago I had pneumonia I have a fever now" has no comma, and "my chest hurts" after
        such words tells of today by its own verb.
        """
        told = (
            between + self._text[end - self._length_of(end) : end]
            if _TOLD_PAST.search(between)
            else between
        )
        return bool(_END_PAST_EN.search(told))

    def _length_of(self, end: int) -> int:
        """Return how long the mention is that ends at `end` of the sentence."""
        here = [m for m in self._mentions if m.end - self._sentence.start == end]
        return max((m.end - m.start for m in here), default=0)

    def _asked_of_own(self, between: str, end: int) -> bool:
        """Whether a question takes a complaint for granted: "can I take this for my headache?"."""
        start = end - self._length_of(end)
        return bool(_OWN_EN.search(between + self._text[start:end]))

    def _told_before(self, end: int) -> str:
        """Return what stands before the mention that ends at `end`, from its clause on."""
        start = end - self._length_of(end)
        return re.split(r"[,;。]", self._text[max(0, start - FAR) : start])[-1]

    def _between(self, start: int, end: int) -> str:
        """Return the text of a stretch with each mention in it made one x."""
        parts: list[str] = []
        position = start
        for first, last in self._spans[bisect_left(self._spans, (start, 0)) :]:
            if first >= end:
                break
            if position <= first and last <= end:
                parts += [self._text[position:first], "x"]
                position = last
        return "".join([*parts, self._text[position:end]])

    def _listed(self, cue: _Cue, between: str, end: int) -> Effect:
        """Decide on a later item of a list: "no fever, cough or rash", or "no fever, chest pain".

        A list that is not closed by "or", "and", "nor" may have ended at its first comma: then the
        last item may well be there, and counts as possible.
        """
        items = between.split(",")
        if any(len(_WORD.findall(item)) > 5 for item in items):
            return Effect.NONE
        rest = self._text[end:]
        closed = re.search(r"\b(?:or|nor|and)\b", items[-1]) or re.match(
            r"[^,]{0,25},?[^,]{0,25}\b(?:or|nor)\b", rest
        )
        if cue.rule.lists or closed or len(items) > 2 or rest.lstrip().startswith(","):
            return Effect.ABSENT
        return Effect.NONE if rest.strip() else Effect.POSSIBLE

    def _backward(self, cue: _Cue, end: int) -> Effect:
        between = self._between(end, cue.start)
        effect = cue.rule.effect
        if cue.chinese and ";" in between:
            effect, between = self._after_space(cue, between), between.replace(";", "")
        if _BREAK.search(between):
            return Effect.NONE
        if cue.chinese and effect is Effect.UNSAID and _OWN_ZH.search(self._told_before(end)):
            return Effect.NONE  # 孩子得了水痘会传染吗
        if ("," in between or "、" in between) and not cue.rule.lists:
            return Effect.NONE
        near = _distance(between, cue.chinese) <= cue.rule.reach
        return effect if near else Effect.NONE

    def _after_space(self, cue: _Cue, between: str) -> Effect:
        """Decide on a Chinese cue after its target and a space: 发烧 咳嗽 都没有."""
        denies = cue.rule.effect is Effect.ABSENT
        if denies and _ALL_ZH.match(self._text, cue.start):
            return Effect.ABSENT
        if between.strip() == ";":
            alone = denies and self._text.startswith(";", cue.end)
            return Effect.POSSIBLE if alone else cue.rule.effect
        return Effect.POSSIBLE if denies and between.endswith(";") else Effect.NONE


def _end_of(cue: _Cue) -> re.Pattern[str]:
    return _END_DENIAL_ZH if cue.rule.effect is Effect.ABSENT else _END_ZH


def _distance(between: str, chinese: bool) -> int:
    """Return how many words (in Chinese, characters) stand between a cue and a mention."""
    if chinese:
        return len(re.sub(r"[、,\s和或及x]", "", between))
    return len(_WORD.findall(between))
