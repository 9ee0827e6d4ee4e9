"""A hospital's own texts: JSONL, Markdown, HTML and PDF."""

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from assistant.errors import InvalidInputError
from assistant.retrieval.library import Document, Section

if TYPE_CHECKING:
    from assistant.retrieval.library.readers import Reading

MOST_PAGES = 2000  # of a PDF
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_UNSEEN = ("script", "style", "template", "noscript", "svg", "nav", "iframe", "object")


def jsonl(file: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document a line: {"_id" or "id", "title"?, "text", "section"?, "source"?, "url"?, …}.

    `_id`, `title` and `text` are the corpus file of the BEIR layout; PubMed's `pmid` and
    `abstract` are understood as well.
    """
    for number, line in enumerate(content.decode("utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise InvalidInputError(f"line {number} is not JSON") from None
        text = (row.get("text") or row.get("abstract")) if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise InvalidInputError(f'line {number} has no "text"')
        given = {k: str(v) for k, v in row.items() if isinstance(v, str | int | float)}
        identity = given.get("_id") or given.get("id") or given.get("pmid") or f"{file}:{number}"
        path = tuple(filter(None, (given.get("title", ""), given.get("section", ""))))
        yield Document(
            id=identity,
            sections=(Section(id=identity, path=path, text=text),),
            source=given.get("source", reading.source),
            url=given.get("url", ""),
            date=given.get("date", given.get("year", "")),
            licence=given.get("licence", given.get("license", reading.licence)),
            language=given.get("language", reading.language),
            audience=given.get("audience", reading.audience),
        )


def markdown(file: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document a file, one section a heading."""
    found, path, lines = [], [PurePosixPath(file).stem], list[str]()
    fenced = False
    for line in content.decode("utf-8-sig").splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        found.append(Section(path=tuple(path), text="\n".join(lines)))
        path, lines = [*path[: len(heading[1]) - 1], heading[2]], []
    found.append(Section(path=tuple(path), text="\n".join(lines)))
    yield _document(file, found, reading)


def html_page(file: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document a page, one section a heading; scripts, styles and menus are left out."""
    page = _Page(PurePosixPath(file).stem)
    page.feed(content.decode("utf-8-sig"))
    page.close()
    yield _document(file, page.sections(), reading)


def pdf(file: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document a file, one section a page."""
    import pypdf
    from pypdf.errors import PyPdfError

    title = PurePosixPath(file).stem
    try:
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        if len(pages) > MOST_PAGES:
            raise InvalidInputError(f"it has more than {MOST_PAGES} pages: split it")
        found = [
            Section(path=(title, f"p. {number}"), text=page.extract_text())
            for number, page in enumerate(pages, start=1)
        ]
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        raise InvalidInputError(f"it is no readable PDF ({type(error).__name__})") from None
    if not any(section.text.strip() for section in found):
        raise InvalidInputError("it has no text, only pictures: recognise the text first")
    yield _document(file, found, reading)


def _document(file: str, sections: list[Section], reading: "Reading") -> Document:
    return Document(
        id=file,
        sections=tuple(s for s in sections if s.text.strip()),
        source=reading.source,
        licence=reading.licence,
        language=reading.language,
        audience=reading.audience,
    )


class _Page(HTMLParser):
    """Collects the words of a page under its headings."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self._path, self._words, self._found = [name], list[str](), list[Section]()
        self._hidden = 0
        self._heading: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        elif tag in _LEVELS or tag == "title":
            self._heading = []
        else:
            self._words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif self._heading is not None and (tag in _LEVELS or tag == "title"):
            heading, self._heading = " ".join("".join(self._heading).split()), None
            self._close()
            level = _LEVELS.get(tag, 1)
            self._path = [*self._path[: level - 1], heading]

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            (self._words if self._heading is None else self._heading).append(data)

    def sections(self) -> list[Section]:
        """Return what was found."""
        self._close()
        return self._found

    def _close(self) -> None:
        if text := " ".join("".join(self._words).split()):
            self._found.append(Section(path=tuple(filter(None, self._path)), text=text))
        self._words = []
