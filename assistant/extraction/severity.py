"""How bad it is on the scale from 0 to 10: "8/10", "a 7 out of 10", 疼痛8分."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re

from assistant.extraction.quantities import Quantity, number

_SCORE = re.compile(
    r"(?<![\d./])(?P<n>10|\d)(?:\s*(?:-|to)\s*(?P<m>10|\d))?(?:\s*/\s*10(?![\d/])|\s*(?:out of|of|on a scale of|over)\s*(?:10|ten)\b)",
    re.I,
)
_WORDS = re.compile(
    r"\b(?P<n>zero|one|two|three|four|five|six|seven|eight|nine|ten)\s*(?:out of|of)\s*(?:10|ten)\b",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:pain|severity)(?:\s+(?:score|scale|level|is|of|at|a|about|:|=))*\s*[:=]?\s*(?P<n>10|\d)(?![\d./%]|\s*(?:days?|weeks?|hours?|months?|years?|times|min|mg|yrs?|hrs?|/|am|pm))",
    re.I,
)
_CHINESE = re.compile(
    r"(?:(?:疼|痛)(?:痛)?(?:程度|评分|级别|指数)?(?:大概|约|有|是|到|为|达到?|:)*\s*|(?:打|给)\s*|满分(?:10|十)分,?\s*(?:大概|有|是|我打)?)(?P<n>10|十|\d|[一二两三四五六七八九])\s*(?:分|级)(?!钟)"
)


def severities(text: str) -> list[Quantity]:
    """Return every score from 0 to 10 in a plain text, in text order."""
    found: list[Quantity] = []
    for pattern in (_SCORE, _WORDS, _NAMED, _CHINESE):
        for match in pattern.finditer(text):
            value = number(match.groupdict().get("m") or match["n"])
            overlapping = any(q.start < match.end() and match.start() < q.end for q in found)
            if value is not None and 0 <= value <= 10 and not overlapping:
                found.append(Quantity(value, match.start("n"), match.end()))
    return sorted(found, key=lambda q: q.start)
