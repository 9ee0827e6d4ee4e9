"""What keeps invented words out: each gate looks at one piece and may refuse it.

Whisper writes something for any sound. Voice activity comes first (`activity.py`); these look at
what was written. A refused piece is said to be "not understood", never taken for silence.
"""

import re
from collections import Counter
from collections.abc import Iterable

from assistant.records.speech import Piece, Word

NO_SPEECH, UNSURE = 0.6, -1.0  # the thresholds of Whisper's own transcribe()
LOOPS = 2.4  # of Whisper's own transcribe()
HOPELESS = -1.6  # mean log probability; below it no clip of ours was ever right
GUESS = 0.2  # mean probability of the words; a fifth is what Whisper gives to babble
_WORDS_PER_SECOND = 7.0  # the fastest conversational speech is about 5
_BRACKETED = re.compile(r"[\[(（【*♪][^\])）】*♪]*[\])）】*♪]|[♪♫]+")
# What Whisper writes for no words at all, learned from captions of videos.
_CAPTIONS = re.compile(
    r"^\W*(thanks?( you)?( so much)? for (watching|listening)|please subscribe|"
    r"subscribe to|woo+-?hoo+|字幕|请不吝点赞|請不吝點讚|谢谢观看|謝謝觀看|"
    r"(thank you|bye|you)\W*$|明镜与点点|(优优独播剧场))",
    re.I,
)


def cleaned(text: str) -> str:
    """Return a text without "[Music]", "(coughs)" and notes.

    >>> cleaned("[Music] My head hurts ♪")
    'My head hurts'
    """
    return re.sub(r"\s+", " ", _BRACKETED.sub(" ", text)).strip()


def refusal(piece: Piece, speech_seconds: float, prompt: str = "") -> str | None:
    """Return why a piece is not used, or None: "empty", "no_speech", "loop", "caption", …"""
    text = cleaned(piece.text)
    if not re.search(r"\w", text):
        return "empty"
    if piece.no_speech > NO_SPEECH and piece.mean_log_probability < UNSURE:
        return "no_speech"
    if piece.mean_log_probability < HOPELESS:
        return "unsure"
    if piece.compression > LOOPS or _repeats(text):
        return "loop"
    if _CAPTIONS.search(text) and (piece.no_speech > 0.3 or speech_seconds < 1.0):
        return "caption"
    if _count(text) > 4 and _count(text) > _WORDS_PER_SECOND * max(speech_seconds, 0.3):
        return "too_fast"
    if prompt and len(text) > 12 and text.casefold().strip(" .。") in prompt.casefold():
        return "echo"
    return None


def guessed(piece: Piece) -> str | None:
    """Return "unsure" where the words themselves are no more than guesses, else None."""
    return "unsure" if certainty(piece.words) < GUESS else None


def certainty(words: Iterable[Word]) -> float:
    """Return the mean probability of words, marks left out; 1 where there are none."""
    said = [word.probability for word in words if re.search(r"\w", word.text)]
    return sum(said) / len(said) if said else 1.0


def _count(text: str) -> float:
    """Return the number of words; a Chinese character counts as a word and a half spoken fast."""
    characters = len(re.findall(r"[\u4e00-\u9fff]", text))
    return len(re.findall(r"[A-Za-z0-9']+", text)) + characters / 1.7


def _repeats(text: str) -> bool:
    """Whether one run of words fills most of a text: "pain pain pain pain pain"."""
    words = re.findall(r"[A-Za-z0-9']+|[\u4e00-\u9fff]", text.casefold())
    if len(words) < 6:
        return False
    for size in (1, 2, 3, 4):
        runs = Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))
        run, often = runs.most_common(1)[0]
        if often >= 4 and often * len(run) > 0.6 * len(words):
            return True
    return False
