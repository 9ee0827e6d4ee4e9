"""How likely it is that words which the network alone marks are a mention at all.

The network marks some times, triggers, medicines and bare parts of the body. A logistic model of
what is known of the words weighs its confidence, how near they are to a finding, how much they
say, and whether they are nothing but a part of the body. It was fitted on what the network marks
in the tuning halves of the gold sets and in the held-out written utterances (461 and 303 such
stretches), each judged by models that had not seen its utterance; those that fall below PLAUSIBLE
are not heard.
"""

from dataclasses import dataclass
from math import exp, log

from assistant.extraction.english_words import Weight, tokens
from assistant.extraction.sites import Sites
from assistant.extraction.tagger import Tagged

PLAUSIBLE = 0.4  # chosen by F1 of mentions on the same utterances
_MOST = 4.0  # more words, or pairs of Chinese characters, say no more
_EDGE = 0.01  # likelihoods are kept this far from 0 and 1


@dataclass(frozen=True, slots=True)
class _Weights:
    ground: float
    confidence: float  # of its log-odds
    likeness: float  # to the nearest finding
    words: float  # telling words; in Chinese, pairs of characters
    bare: float  # nothing but a part of the body


_ENGLISH = _Weights(ground=-3.65, confidence=0.53, likeness=2.4, words=0.63, bare=-1.0)
_CHINESE = _Weights(ground=-2.6, confidence=0.7, likeness=2.0, words=0.27, bare=-0.35)


def plausibility(tagged: Tagged, words: str, likeness: float, chinese: bool, sites: Sites) -> float:
    """Return the likelihood that `words`, marked as `tagged`, are a mention.

    `likeness`: of the nearest finding; `chinese`: which of the networks marked them.
    """
    weights = _CHINESE if chinese else _ENGLISH
    sure = min(max(tagged.confidence, _EDGE), 1 - _EDGE)
    told = len(words) / 2 if chinese else _content(words)
    value = (
        weights.ground
        + weights.confidence * log(sure / (1 - sure))
        + weights.likeness * likeness
        + weights.words * min(told, _MOST)
        + weights.bare * sites.only(words)
    )
    return 1 / (1 + exp(-value))


def _content(words: str) -> int:
    return sum(t.weight is Weight.CONTENT for t in tokens(words.lower()))
