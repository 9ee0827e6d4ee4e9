"""What doctors have found, in a patient's words: "they found a tumour", "the scan showed none".

Strict, for what is taken as a yes lets a picture speak: a fear, a guess, a question, a relative's
illness or another part of the body is none. Where nothing is read here, the question is put.
"""

import re

from assistant.knowledge.schema import WordLists
from assistant.records.terms import Assertion

_SENTENCE = re.compile(r"[^.!?。！？;；\n]+[?？]?")
_FOUND = re.compile(
    r"\b(found|saw|seen|shows?|showed|shown|discovered|confirm(s|ed)|diagnos\w+)\b|"
    r"\btold (me|us|him|her|them)\b|发现|查出|看到|看出|找到|确诊|诊断|证实|显示",
    re.I,
)
_BY_WHOM = re.compile(
    r"\b(they|doctors?|dr|radiolog\w+|neurolog\w+|surgeons?|hospital|clinic|specialists?|scan|"
    r"mri|diagnosed|(was|were|been|is|am|got) (found|seen|confirmed|discovered|told))\b|"
    r"医生|大夫|医院|他们|专家|检查|片子|磁共振|核磁|确诊|诊断|查出",
    re.I,
)
_DOUBT = re.compile(
    r"\b(afraid|worr\w+|scared|fear\w*|could|might|may (be|have|show|not|well)|maybe|perhaps|"
    r"possibl\w+|probabl\w+|"
    r"think|thinks|thought|wonder\w*|if|whether|suspect\w*|ruled? out|wants?|hop(e|es|ing)|"
    r"(do|does|did|has|have|is|are|can) (i|he|she|they|it|you|the doctors?|a doctor))\b|"
    r"怕|担心|会不会|是不是|有没有|是否|怀疑|可能|也许|大概|排除|万一|如果|要是|希望|吗",
    re.I,
)
_DENIAL = re.compile(
    r"\b(no|not|never|none|nothing|neither|without|free of|clear of)\b|n['’]t\b|没|未|无|不", re.I
)
_ELSEWHERE = re.compile(
    r"\b(in|on|of) (my|his|her|their|our) (?!brain|head|skull|scan|mri|picture|image|pituitary)|"
    r"\b(breasts?|lungs?|liver|kidneys?|bowel|skin|ovar\w+|thyroid|prostate|womb|(grand)?father|"
    r"(grand)?mother|(grand)?son|(grand)?daughter|mum|mom|dad|brother|sister|uncle|aunt|cousin|"
    r"wife|husband|friend|dog|cat)('s)?\b|"
    r"肺|肝|肾|乳|胃|肠|甲状腺|前列腺|子宫|卵巢|爸|妈|爷|奶奶|外公|外婆|哥|姐|弟|妹|叔|姨|朋友",
    re.I,
)


def doctors_word(text: str, called: WordLists) -> tuple[str, Assertion] | None:
    """Return the last sentence that says whether doctors found it, and what it says; None: none.

    `called` is what it may be called. A sentence in doubt says nothing, neither yes nor no.

    >>> lists = WordLists(en=("tumour",), zh=("肿瘤",))
    >>> doctors_word("I am 40. The doctors found a tumour.", lists)
    ('The doctors found a tumour', <Assertion.PRESENT: 'present'>)
    >>> doctors_word("医生没有发现肿瘤", lists)
    ('医生没有发现肿瘤', <Assertion.ABSENT: 'absent'>)
    >>> doctors_word("I am afraid they found a tumour", lists)
    """
    said = None
    for sentence in _SENTENCE.findall(text):
        words = sentence.strip()
        if words.endswith(("?", "？")) or not names(words, called) or not _FOUND.search(words):
            continue
        if _DOUBT.search(words) or _ELSEWHERE.search(words) or not _BY_WHOM.search(words):
            continue
        denied = _DENIAL.search(words) is not None
        said = words, Assertion.ABSENT if denied else Assertion.PRESENT
    return said


def names(text: str, called: WordLists) -> bool:
    """Whether one of the names stands in a text; an English one as a whole word."""
    english = "|".join(re.escape(name) for name in called.en)
    if english and re.search(rf"\b({english})s?\b", text, re.I):
        return True
    return any(name in text for name in called.zh)


def denied_or_doubted(text: str) -> bool:
    """Whether a text denies something, doubts it or tells of somebody else."""
    return any(p.search(text) is not None for p in (_DENIAL, _DOUBT, _ELSEWHERE))
