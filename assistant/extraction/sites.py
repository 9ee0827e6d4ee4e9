"""Pain and where it is, put together: "pain in my right knee", 膝盖里面一阵一阵地疼."""

import re
from collections.abc import Iterable, Sequence

from assistant.extraction.chinese import folded
from assistant.extraction.english_words import SITE_WORDS, Token, Weight, tokens
from assistant.extraction.mentions import Kind, Mention

_REACH = 6  # English words between the pain and its site
_REACH_ZH = 8  # characters
_LINKS = frozenset(SITE_WORDS["links"])
_MOVING = frozenset(SITE_WORDS["moving"])
_HURTING = frozenset(SITE_WORDS["hurting"])
_BESIDE = frozenset(SITE_WORDS["beside"])
_NOT_SITES = frozenset(SITE_WORDS["never"])
_NOT_SITES_ZH: list[str] = SITE_WORDS["never_zh"]
_NOT_AFTER: dict[str, str] = SITE_WORDS["not_after_zh"]
_HURT_WORD = re.compile(r"pain|hurt|ach[eiy]", re.I)


class Sites:
    """Parts of the body and the pain finding of each, learnt from the findings' own phrases."""

    def __init__(
        self, english: Iterable[tuple[str, str]], chinese: Iterable[tuple[str, str]]
    ) -> None:
        self._english: dict[str, str] = {}
        self._chinese: dict[str, str] = {}
        for phrase, concept in english:
            site = _site_of(phrase)
            if site is not None:
                self._english.setdefault(site, concept)
        for phrase, concept in chinese:
            plain = folded(phrase)
            if plain.endswith("疼") and 2 <= len(plain) <= 4:
                self._chinese.setdefault(plain[:-1].removesuffix("酸").removesuffix("刺"), concept)
        for none in ("", *_NOT_SITES_ZH):
            self._chinese.pop(none, None)
        places = "|".join(
            f"(?<![{_NOT_AFTER[site]}]){site}" if site in _NOT_AFTER else re.escape(site)
            for site in sorted(self._chinese, key=len, reverse=True)
        )
        self._place = re.compile(places or r"(?!)")

    def only(self, words: str) -> bool:
        """Whether words name parts of the body and tell nothing of them: "my lower back", 胸口."""
        if not words.isascii():
            return bool(self._place.fullmatch(folded(words)))
        content = [t.form for t in tokens(words.lower()) if t.weight is Weight.CONTENT]
        return bool(content) and all(form in self._english for form in content)

    def match(self, words: Sequence[Token]) -> list[Mention]:
        """Return pains of `words` that no phrase names as they stand."""
        found: list[Mention] = []
        for i, word in enumerate(words):
            if word.form in _HURTING:
                found += self._after(words, i) or self._before(words, i)
        return found

    def _after(self, words: Sequence[Token], i: int) -> list[Mention]:
        """Pain, then its sites: "pain in my jaw and neck"; the first one holds the pain word."""
        found: list[Mention] = []
        linked = False
        for word in words[i + 1 : i + 1 + _REACH]:
            linked = linked or word.text in _LINKS or word.form in _MOVING
            concept = self._english.get(word.form)
            if concept and linked:
                start = word.start if found else words[i].start
                found.append(Mention((concept,), start, word.end, 2, Kind.SITE))
            elif (
                word.weight is Weight.BREAK
                or word.form in _HURTING
                or (
                    word.weight is Weight.CONTENT
                    and not linked
                    and word.text != "when"
                    and word.form not in _BESIDE
                )
            ):
                break
        return found

    def _before(self, words: Sequence[Token], i: int) -> list[Mention]:
        """Sites, then the pain: "my neck and back really hurt"."""
        found: list[Mention] = []
        for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
            word = words[j]
            concept = self._english.get(word.form)
            if concept:
                end = word.end if found else words[i].end
                found.append(Mention((concept,), word.start, end, 2, Kind.SITE))
            elif word.weight is Weight.BREAK or (
                word.weight is Weight.CONTENT and word.form not in _BESIDE
            ):
                break
        return found

    def match_chinese(self, text: str, offset: int = 0) -> list[Mention]:
        """Return pains of a Chinese sentence that no phrase names as they stand."""
        found: list[Mention] = []
        plain = folded(text)
        places = list(self._place.finditer(plain))
        for k, place in enumerate(places):
            following = places[k + 1].start() if k + 1 < len(places) else len(plain)
            limit = min(place.end() + _REACH_ZH, following)
            between = re.match(r"[^,。;!?、:]*?疼", plain[place.end() : limit + 1])
            if between is None or place.end() + between.end() > max(limit, following):
                continue
            end = place.end() + between.end()
            denied = bool(re.search(r"[不没](?:太|有|怎么|再)?疼$", plain[place.end() : end]))
            concept = self._chinese[place.group()]
            found.append(
                Mention(
                    (concept,),
                    place.start() + offset,
                    end + offset,
                    len(place.group()) + 1,
                    Kind.SITE,
                    denied,
                )
            )
        return found


def _site_of(phrase: str) -> str | None:
    """Return the part of the body that a phrase such as "my knee hurts" names."""
    if not _HURT_WORD.search(phrase):
        return None
    content = [t.form for t in tokens(phrase.lower()) if t.weight is not Weight.STOP]
    if len(content) != 2 or "pain" not in content:
        return None
    other = content[0] if content[1] == "pain" else content[1]
    return None if other in _NOT_SITES or not other.isalpha() else other
