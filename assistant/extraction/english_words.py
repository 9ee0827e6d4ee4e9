"""English tokens: words with a common form, and how much each one carries.

A phrase of the knowledge and a patient's words meet when their common forms do: "my belly hurts"
and "pain in her stomach" are both (tummy, pain).
"""

import re
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"\d+(?:\.\d+)?|[a-z][a-z0-9]*(?:'[a-z]+)?(?:/[a-z]{1,2}(?![a-z]))*|[^\sa-z0-9]", re.I
)


class Weight(IntEnum):
    """What a word does to a match."""

    BREAK = 0  # ends it: punctuation
    STOP = 1  # skipped everywhere
    FILLER = 2  # may stand between the words of a phrase
    CONTENT = 3


class Token(NamedTuple):
    """One word (or mark) of the plain text."""

    text: str  # lower case
    form: str  # its common form
    weight: Weight
    start: int
    end: int


STOPS = frozenset(
    "a an the my his her its their our your this that these those some any of in on at to from for "
    "by with as is are was were am be been being has have had having 've 's 'm 're do does did i he "
    "she it they we me him them us you there im ive hes shes its theres which who".split()
)
FILLERS = frozenset(
    "really very so too quite pretty extremely badly terrible terribly horrible horribly awful "
    "mild mildly slight slightly little bit lot lots severe severely constant constantly continuous "
    "intense strong dull left right both lower upper gone go goes going went start starts started "
    "starting begin began begun keep keeps kept feel feels feeling felt seem seems get gets got "
    "gotten getting become becomes became becoming always often sometimes now today yesterday also "
    "all just only still again more much even suddenly sudden tonight kind sort new newly recent "
    "recently real super incredibly massive big huge bad worse own whole entire like about since "
    "when-ever constantly occasionally occasional intermittent intermittently persistent "
    "unbearable excruciating awfully first second continuously usually mostly almost deep somewhere inside".split()
)
_IRREGULAR = {
    "hurts": "pain", "hurt": "pain", "hurting": "pain", "painful": "pain", "pains": "pain",
    "aches": "pain", "ache": "pain", "aching": "pain", "achy": "pain", "ached": "pain",
    "painfull": "pain", "swollen": "swell", "swelled": "swell", "puffy": "puff",
    "bled": "bleed", "threw": "throw", "thrown": "throw", "came": "come", "broke": "break",
    "broken": "break", "fell": "fall", "fallen": "fall", "shook": "shake", "shaking": "shake",
    "shaky": "shake", "bitten": "bite", "bit": "bite", "stung": "sting", "lost": "lose",
    "losing": "lose", "ate": "eat", "eaten": "eat", "drank": "drink", "drunk": "drunk",
    "took": "take", "taken": "take", "taking": "take", "burnt": "burn", "itchy": "itch",
    "wheezy": "wheez", "sleepy": "sleep", "slept": "sleep", "sick": "sick", "woke": "wake",
    "woken": "wake", "waking": "wake", "spat": "spit", "choked": "chok", "choking": "chok",
    "breathing": "breath", "breathe": "breath", "breaths": "breath", "breathes": "breath",
    "vomitting": "vomit", "puked": "puke", "puking": "puke", "pooing": "poo", "poop": "poo",
    "pooping": "poo", "poos": "poo", "stools": "stool", "peeing": "pee", "pees": "pee",
    "wee": "pee", "weeing": "pee", "urinate": "pee", "urinating": "pee", "pissing": "pee",
    "urinates": "pee", "tummy": "tummy", "belly": "tummy", "abdomen": "tummy", "tum": "tummy",
    "abdominal": "tummy", "stomach": "tummy", "bellies": "tummy", "feet": "foot", "teeth": "tooth",
    "felt": "feel", "legs": "leg", "dying": "die", "died": "die", "lying": "lie", "lay": "lie",
    "dizzy": "dizz", "dizziness": "dizz", "nauseous": "nausea", "nauseated": "nausea",
    "nauseas": "nausea", "numbness": "numb", "weakness": "weak", "tiredness": "tired",
    "soreness": "sore", "stiffness": "stiff", "tightness": "tight", "redness": "red",
    "yellowing": "yellow", "drowsiness": "drowsy", "pregnancy": "pregnant", "thirsty": "thirst",
    "anaemic": "anemic", "anaemia": "anemia", "grey": "gray", "mum": "mother", "mom": "mother",
    "dad": "father", "kid": "child", "kids": "child", "son": "child", "daughter": "child",
    "boy": "child", "girl": "child", "toddler": "child", "children": "child", "baby": "baby",
    "infant": "baby", "newborn": "baby", "cannot": "cant", "can't": "cant", "cant": "cant",
    "couldn't": "cant", "couldnt": "cant", "unable": "cant", "nothing": "nothing",
    "jerked": "jerk", "lightheaded": "lighthead", "lightheadedness": "lighthead",
    "temp": "temperature", "temps": "temperature", "wasn't": "not", "ain't": "not",
    "won't": "not", "wont": "not", "doesn't": "not", "doesnt": "not", "don't": "not",
    "dont": "not", "didn't": "not", "didnt": "not", "isn't": "not", "isnt": "not",
    "hasn't": "not", "hasnt": "not", "haven't": "not", "havent": "not", "aren't": "not",
    "hadn't": "not", "weren't": "not", "wouldn't": "not", "shouldn't": "not", "wasnt": "not",
}  # fmt: skip
_BRITISH = (
    ("rrhoea", "rrhea"), ("haem", "hem"), ("oedem", "edem"), ("aemi", "emi"), ("paed", "ped"),
    ("oesoph", "esoph"), ("foet", "fet"), ("faec", "fec"), ("gynaec", "gynec"),
    ("anaesth", "anesth"), ("colour", "color"), ("tumour", "tumor"), ("odour", "odor"),
    ("pnoea", "pnea"), ("coeliac", "celiac"), ("caes", "ces"), ("leukaem", "leukem"),
)  # fmt: skip
_ABBREVIATIONS = {
    "sob": "shortness breath", "cp": "chest pain", "doe": "shortness breath exertion", "n/v": "nausea and vomiting",
    "n/v/d": "nausea and vomiting and diarrhea", "abd": "abdominal", "h/a": "headache",
    "f/c": "fever and chills", "loc": "loss consciousness", "brbpr": "bright red blood rectum",
    "lbp": "low back pain", "dyspneic": "dyspnea", "tachy": "tachycardia", "brady": "bradycardia",
    "w/o": "without", "htn": "hypertension", "t2dm": "type 2 diabetes", "t1dm": "type 1 diabetes",
    "n+v": "nausea and vomiting", "cxr": "chest x ray", "ams": "altered mental status",
    "lle": "left leg", "rle": "right leg", "lue": "left arm", "rue": "right arm",
    "subfebrile": "fever", "diaphoretic": "sweating", "icteric": "jaundice",
    "syncopal": "syncope", "emesis": "vomiting", "febrile": "fever",
}  # fmt: skip
DENYING = {  # words that deny a finding by themselves
    "afebrile": "fever", "apyrexial": "fever", "nonfebrile": "fever", "anicteric": "jaundice",
    "acyanotic": "cyanosis", "nonpregnant": "pregnant", "nondiabetic": "diabetes",
    "nonsmoker": "smoker", "eupneic": "dyspnea", "painless": "pain", "painlessly": "pain",
}  # fmt: skip


def tokens(text: str, offset: int = 0) -> list[Token]:
    """Return the tokens of `text`, abbreviations written out over the span they came from."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        start, end = match.start() + offset, match.end() + offset
        if "/" in word and word not in _ABBREVIATIONS:
            _split_slash(found, word, start)
        elif word in _ABBREVIATIONS:
            found += [_token(part, start, end) for part in _ABBREVIATIONS[word].split()]
        else:
            found.append(_token(word, start, end))
    return _joined(found)


def _split_slash(found: list[Token], word: str, start: int) -> None:
    for part in re.finditer(r"[^/]+|/", word):
        found.append(_token(part.group(), start + part.start(), start + part.end()))


def _token(word: str, start: int, end: int) -> Token:
    if not word[0].isalnum():
        weight = Weight.STOP if word in "'-\"" else Weight.BREAK
        return Token(word, word, weight, start, end)
    return Token(word, *_read(word), start, end)


@lru_cache(maxsize=50_000)
def _read(word: str) -> tuple[str, Weight]:
    base = word.removesuffix("'s")
    return form_of(base), _weight(base)


def _weight(word: str) -> Weight:
    if word in STOPS:
        return Weight.STOP
    if word in FILLERS or word[0].isdigit():
        return Weight.FILLER
    return Weight.CONTENT


def _joined(found: list[Token]) -> list[Token]:
    """Make "a bit" a filler again, "not able to" and "can not" one form, and so on."""
    for i in range(1, len(found)):
        before, token = found[i - 1], found[i]
        if token.text == "bit" and before.text in ("a", "little", "wee"):
            found[i] = token._replace(weight=Weight.FILLER)
        elif before.text == "/" and token.text[0].isdigit() and i > 1 and found[i - 2].text[0].isdigit():
            found[i - 1] = before._replace(weight=Weight.STOP)
        elif (before.text, token.text) in (("can", "not"), ("not", "able")):
            found[i - 1] = before._replace(weight=Weight.STOP)
            found[i] = token._replace(form="cant", weight=Weight.CONTENT)
    return found


@lru_cache(maxsize=50_000)
def form_of(word: str) -> str:
    """Return the common form of one lower-case word.

    >>> form_of("vomiting"), form_of("belly"), form_of("aches"), form_of("diarrhoea")
    ('vomit', 'tummy', 'pain', 'diarrhea')
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4:
        for british, american in _BRITISH:
            if british in word:
                word = word.replace(british, american)
    return _stem(word)


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            cut = word[: -len(ending)]
            if not re.search("[aeiouy]", cut):
                break
            if cut[-1] == cut[-2] and cut[-1] not in "lsz":
                cut = cut[:-1]
            word = cut
            break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return _IRREGULAR.get(word, word)
