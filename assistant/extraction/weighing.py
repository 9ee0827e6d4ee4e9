"""The rules' word and the network's on one mention, made one.

What stands in `Status.assertion` is the likeliest reading. Where the two differ on a finding of a
red flag and one of them says that it is, or may be, there, the status is `doubted`: it then counts
as possible, so that no single reader can deny a danger.
"""

import re
from dataclasses import dataclass, replace

from assistant.extraction.assertion import Status
from assistant.extraction.tagger import Tagged
from assistant.records.terms import Assertion, Time

# Likelihoods of the network, chosen on the tuning half of the gold set (docs/extraction.md).
OVER_PRESENT = 0.7  # it changes what has no cue for the rules
OVER_CUE = 0.97  # it changes what the rules saw a cue for
SURE = 0.65  # of time and of whose it is
_FAR = 80  # characters around a mention that are looked at

_JUST_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|without|den(?:y|ies|ied)|nor|neither|nil)|n't)\b"
    r"(?: (?!(?:is|are|am|was|were|has|have|had|and|but|keeps?)\b)\w+){0,2} ?$"
    r"|(?:没有|没|無|无|冇|不|否认|未见?)[^，。；,;\s]{0,2}$",
    re.I,
)
# A doubt right before the words: "maybe a bit", "might have".
_DOUBTED = re.compile(
    r"\b(?:maybe|perhaps|possibly|might(?: be| have(?: had)?)?|could be)(?: (?!not\b)\w+){0,2} ?$",
    re.I,
)
# A denial that stands right behind the words: "vomiting is not there", 抽烟从来没有.
_JUST_AFTER = re.compile(
    r"^ ?(?:,? ?(?:is|are|was|were) (?:also |still )?(?:not|n't) (?:there|present|seen)\b"
    r"|[^.;?!]{0,40}[:-] ?(?:none|nil|absent|negative|no)\b|:? (?:absent|denied|negative)\b"
    r"|[都也]?(?:没有|没|无|冇)(?=$|[，。；,;]))",
    re.I,
)
# Words that deny, or say that all is well. The network may deny only where one is about.
_DENYING = re.compile(
    r"\b(?:no|not|never|none|nor|neither|nil|without|den(?:y|ies|ied|ying)|negative|neg|absent|free|"
    r"cannot|rather than|resolved|gone|ok|okay|fine|normal|normally|well|good|clear|regular|able|"
    r"unlikely|unremarkable|intact|same|un\w+)\b|n't\b|\b\w+nt\b"
    r"|[不没沒無无未否冇别非好可净清醒]|正常|还行|稳定|ok|fine",
    re.I,
)
_STARTS_DENYING = re.compile(r"\w*(?:n't|not)\b|not\b|no\b|还?[没不未无]|.*[没不]有?$", re.I)
# Where the clause around a mention begins and ends. An English denial reaches over the commas of
# its list, a Chinese one rarely; "Fever? No." is one.
_BEGINS, _BEGINS_ZH = re.compile(r"[;:.!?\n]"), re.compile(r"[,;:.!?，；：。！？\n]")
_HAN = re.compile(r"[㐀-鿿]")
_ENDS = re.compile(r"[,;:.!，；：。！\n]")
_A_NOT_A = re.compile(r"(.)[不没]\1|有没有|是不是|会不会|能不能")
_NOT_THERE = ("absent", "hypothetical")
_DENIED = re.compile(
    r"\b(?:is|are|was|were|am|feels?|looks?)\s*(?:n't|not)\s+(?:\w+\s+)?(?:blue|bluish|swollen|red|"
    r"painful|sore|stiff|numb|itchy|bleeding|yellow|pale|hot|burning|cold|dizzy|hoarse|tender|"
    r"confused|drooping|weak|tingling|swelling|hurting|aching)\b",
    re.I,
)
_DENIED_ZH = re.compile(
    r"(?<![好要])[不没](?:太|怎么|再|是很|是太)?(?:疼|痛|痒|肿|腫|干|红|烫|麻|晕|烧|咳|喘|闷|胀|酸|吐|硬|黄|胖)$"
)


@dataclass(frozen=True, slots=True)
class Around:
    """A mention's words, and what stands before and behind them."""

    before: str
    words: str
    after: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> "Around":
        """Return the surroundings of the words [start, end) of a text."""
        return cls(text[max(0, start - _FAR) : start], text[start:end], text[end : end + _FAR])

    @property
    def denied(self) -> bool:
        """Whether a denial stands right beside the words."""
        return denied_just_before(self.before) or denied_just_after(self.after)

    @property
    def doubted(self) -> bool:
        """Whether a doubt stands right before the words."""
        return bool(_DOUBTED.search(self.before))

    @property
    def denial(self) -> str | None:
        """What stands before the words from a denial right beside them on; None without one."""
        found = _JUST_BEFORE.search(self.before)
        return found.group() if found else "" if _STARTS_DENYING.match(self.words) else None

    def may_deny(self, known: bool) -> bool:
        """Whether a word of the clause denies, or says that all is well.

        The words of a phrase (`known`) mean their finding as they stand: 还没来过月经.
        """
        begins = _BEGINS_ZH if _HAN.search(f"{self.before[-4:]}{self.words}") else _BEGINS
        before, after = begins.split(self.before)[-1], _ENDS.split(self.after)[0]
        clause = f"{before} {'' if known else self.words} {after}"
        return bool(_DENYING.search(_A_NOT_A.sub("", clause)))


def denies_itself(words: str) -> bool:
    """Whether a tagged mention holds its own denial.

    >>> denies_itself("lips are not blue"), denies_itself("not sleeping well")
    (True, False)
    >>> denies_itself("嘴巴倒是不干"), denies_itself("不消化")
    (True, False)
    """
    return bool(_DENIED.search(words) or _DENIED_ZH.search(words))


def denied_just_before(words: str) -> bool:
    """Whether what stands before a mention ends in a denial: "I have no", 没有.

    >>> denied_just_before("I have no "), denied_just_before("he won't drink and is ")
    (True, False)
    """
    return bool(_JUST_BEFORE.search(words))


def denied_just_after(words: str) -> bool:
    """Whether what stands behind a mention begins with a denial of it.

    >>> denied_just_after(" is not there, fever also"), denied_just_after(", asthma: none of these")
    (True, True)
    >>> denied_just_after(" and no fever")
    False
    """
    return bool(_JUST_AFTER.match(words))


def combined(
    status: Status, opinion: Tagged, *, guarded: bool, known: bool, around: Around
) -> Status:
    """Return what is said of a mention.

    `guarded`: it belongs to a red flag; `known`: the lexicon has its words, so that the rules know
    where it ends; `around`: the words that it stands in. A denial or a doubt that stands right
    beside the words is the rules' to judge: the network overlooks some of the plainest. Where
    nothing in the clause denies, the network may not deny either: it takes the denial of the next
    item of a list for this one's.
    """
    answer, likelihood = max(opinion.assertion.items(), key=lambda pair: pair[1])
    said = _answer(status)
    plain = (said == "absent" and around.denied) or (said == "possible" and around.doubted)
    unfounded = answer == "absent" and not around.may_deny(known)
    if answer != said and not plain and not unfounded:
        needed = OVER_CUE if said != "present" else OVER_PRESENT if known else 0.5
        if likelihood >= needed:
            doubted = guarded and (answer in _NOT_THERE) != (said in _NOT_THERE)
            status = replace(_changed(status, answer), doubted=doubted)
    past, family = opinion.time["past"] >= SURE, opinion.experiencer["relative"] >= SURE
    if guarded:
        return replace(status, maybe_past=past, maybe_family=family)
    if past:
        status = replace(status, time=Time.PAST)
    return replace(status, family=status.family or family)


def _answer(status: Status) -> str:
    if not status.said:
        return "hypothetical"
    return "present" if status.gone else status.assertion.value


def _changed(status: Status, answer: str) -> Status:
    if answer == "hypothetical":
        return replace(status, said=False, assertion=Assertion.PRESENT)
    return replace(status, said=True, gone=False, assertion=Assertion(answer))
