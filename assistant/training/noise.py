"""Slips of hurried people and of speech recognisers, put into samples on purpose."""

import random
import re
from collections.abc import Callable

from assistant.training.samples import Sample, everywhere, replaced

_HEARD = {
    "there": "their", "their": "there", "to": "too", "two": "to", "for": "four", "know": "no",
    "your": "you're", "it's": "its", "hear": "here", "right": "write", "week": "weak",
    "been": "bin", "then": "than", "have": "of", "would": "wood", "one": "won", "see": "sea",
    "an": "and", "and": "an", "a": "the", "in": "and", "is": "as", "my": "me", "of": "have",
}  # fmt: skip
_FILLERS = ("uh", "um", "you know", "like", "I mean", "well", "so", "sort of", "okay")
_FILLERS_ZH = ("嗯", "那个", "就是", "呃", "这个", "然后")
_HEARD_ZH = {
    "的": "得", "得": "的", "地": "的", "在": "再", "再": "在", "做": "作", "他": "她", "那": "哪",
    "已": "以", "坐": "做", "带": "戴", "像": "象", "吗": "嘛", "有点": "有的", "感觉": "感脚",
    "胀": "涨", "痰": "谈", "晕": "昏", "咳": "克", "肿": "种", "痒": "养", "疼": "腾", "麻": "妈",
}  # fmt: skip
_STOPS_ZH = re.compile(r"[,，。;；!！?？、:：]")


def roughened(sample: Sample, dice: random.Random, chinese: bool) -> Sample:
    """Return the sample as it may really arrive; often it stays what it was."""
    steps = _CHINESE if chinese else _ENGLISH
    for chance, step in steps:
        if dice.random() < chance:
            sample = step(sample, dice)
    return sample


def _capital(sample: Sample, _: random.Random) -> Sample:
    return everywhere(sample, lambda text: text[:1].upper() + text[1:])


def _low(sample: Sample, _: random.Random) -> Sample:
    return everywhere(sample, str.lower)


def _shouted(sample: Sample, _: random.Random) -> Sample:
    return everywhere(sample, str.upper)


def _curly(sample: Sample, _: random.Random) -> Sample:
    return everywhere(sample, lambda text: text.replace("'", "’"))


def _unstopped(sample: Sample, _: random.Random) -> Sample:
    for mark in (",", ".", ";", "!", "?"):
        while (at := sample.text.find(mark)) >= 0:
            sample = replaced(sample, at, at + 1, "")
    return sample


def _unmarked(sample: Sample, dice: random.Random) -> Sample:
    mark = dice.choice((",", "'", "’", "."))
    while (at := sample.text.find(mark)) >= 0:
        sample = replaced(sample, at, at + 1, "")
    return sample


def _ended(sample: Sample, dice: random.Random) -> Sample:
    if sample.text[-1:] in ".!?":
        return sample
    end = len(sample.text)
    return replaced(sample, end, end, dice.choice((".", ".", "!", "...", " :(", " 😢", "!!")))


def _misspelt(sample: Sample, dice: random.Random) -> Sample:
    """Drop, double or swap one letter of a long word."""
    words = list(re.finditer(r"[A-Za-z]{5,}", sample.text))
    if not words:
        return sample
    word = dice.choice(words)
    at = dice.randrange(word.start() + 1, word.end() - 1)
    letters = sample.text[at : at + 2]
    new = dice.choice((letters[1:], letters[0] + letters, letters[::-1]))
    return replaced(sample, at, at + 2, new)


def _misheard(sample: Sample, dice: random.Random) -> Sample:
    """Exchange, double or drop a little word, as speech recognisers do."""
    words = [m for m in re.finditer(r"[a-z']+", sample.text) if m[0] in _HEARD]
    if not words:
        return sample
    word = dice.choice(words)
    new = dice.choice((_HEARD[word[0]], f"{word[0]} {word[0]}", _HEARD[word[0]]))
    return replaced(sample, word.start(), word.end(), new)


def _filled(sample: Sample, dice: random.Random) -> Sample:
    gaps = [m.start() for m in re.finditer(" ", sample.text)]
    if not gaps:
        return sample
    at = dice.choice(gaps)
    comma = dice.choice(("", ","))
    return replaced(sample, at, at, f"{comma} {dice.choice(_FILLERS)}{comma}")


def _spaced_zh(sample: Sample, dice: random.Random) -> Sample:
    """Put spaces, commas or nothing for the stops, as Chinese is typed on phones."""
    new = dice.choice((" ", " ", "", ",", "，"))
    for at in reversed([m.start() for m in _STOPS_ZH.finditer(sample.text)]):
        sample = replaced(sample, at, at + 1, new)
    return sample


def _misheard_zh(sample: Sample, dice: random.Random) -> Sample:
    there = [word for word in _HEARD_ZH if word in sample.text]
    if not there:
        return sample
    word = dice.choice(there)
    at = sample.text.index(word)
    return replaced(sample, at, at + len(word), _HEARD_ZH[word])


def _filled_zh(sample: Sample, dice: random.Random) -> Sample:
    at = dice.randrange(len(sample.text) + 1) if sample.text else 0
    return replaced(sample, at, at, dice.choice(_FILLERS_ZH))


def _wide_zh(sample: Sample, _: random.Random) -> Sample:
    wide = {ord(c): ord(c) + 0xFEE0 for c in "0123456789,?!:"}
    return everywhere(sample, lambda text: text.translate(wide))


_Step = Callable[[Sample, random.Random], Sample]
_ENGLISH: tuple[tuple[float, _Step], ...] = (
    (0.3, _capital), (0.12, _low), (0.03, _shouted), (0.15, _curly), (0.1, _unstopped),
    (0.1, _unmarked), (0.3, _ended), (0.15, _misspelt), (0.06, _misspelt), (0.12, _misheard),
    (0.05, _misheard), (0.1, _filled),
)  # fmt: skip
_CHINESE: tuple[tuple[float, _Step], ...] = (
    (0.3, _spaced_zh), (0.12, _misheard_zh), (0.1, _filled_zh), (0.06, _wide_zh), (0.1, _ended),
)  # fmt: skip
