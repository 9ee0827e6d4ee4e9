"""The little of Markdown that model cards use, as HTML; everything else is shown letter for letter.

Headings, paragraphs, lists, tables, fenced code; bold, code and links to https addresses. Text is
escaped before anything is read into it, so a card can bring no element of its own.
"""

import re
from collections.abc import Iterator
from html import escape

_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
_RULE = re.compile(r"^\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
_ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")


def to_html(text: str) -> str:
    """Return the HTML of a card.

    >>> to_html("# A <b>\\n\\nIt **works**")
    '<h1>A &lt;b&gt;</h1>\\n<p>It <strong>works</strong></p>'
    """
    return "\n".join(_blocks(text.replace("\r\n", "\n")))


def _blocks(text: str) -> Iterator[str]:
    for part in re.split(r"(^```.*?^```[^\n]*$)", text, flags=re.MULTILINE | re.DOTALL):
        if part.startswith("```"):
            code = part.split("\n", 1)[1].rpartition("\n")[0]
            yield f"<pre><code>{escape(code)}</code></pre>"
            continue
        for block in re.split(r"\n\s*\n", part):
            if block.strip():
                yield from _block(block.strip("\n").split("\n"))


def _block(lines: list[str]) -> Iterator[str]:
    """Yield the elements of lines that no empty line parts."""
    if len(lines) > 1 and "|" in lines[0] and _RULE.match(lines[1]):
        yield _table(lines)
        return
    words: list[str] = []
    for i, line in enumerate(lines):
        level = len(line) - len(line.lstrip("#"))
        starts_list, starts_table = _ITEM.match(line), _is_table(lines[i:])
        if 1 <= level <= 6 and line[level : level + 1] == " ":
            yield from _paragraph(words)
            yield f"<h{level}>{_inline(line[level:].strip())}</h{level}>"
            words = []
        elif starts_list or starts_table:
            yield from _paragraph(words)
            yield _list(lines[i:]) if starts_list else _table(lines[i:])
            return
        else:
            words.append(line.strip())
    yield from _paragraph(words)


def _is_table(lines: list[str]) -> bool:
    return len(lines) > 1 and "|" in lines[0] and bool(_RULE.match(lines[1]))


def _paragraph(words: list[str]) -> Iterator[str]:
    if words:
        yield f"<p>{_inline(' '.join(words))}</p>"


def _list(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line).strip())
        else:  # an item goes on in its next line
            items[-1] += f" {line.strip()}"
    kind = "ol" if re.match(r"\s*\d", lines[0]) else "ul"
    return f"<{kind}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{kind}>"


def _table(lines: list[str]) -> str:
    head, *rows = (_cells(line) for line in lines if not _RULE.match(line))
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    return f"<div><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _cells(line: str) -> list[str]:
    return [_inline(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> str:
    """Return a line's text, escaped first, then bold, code and links read into it."""
    pieces = re.split(r"`([^`]+)`", text)
    return "".join(
        f"<code>{escape(piece)}</code>" if i % 2 else _marked(piece)
        for i, piece in enumerate(pieces)
    )


def _marked(text: str) -> str:
    bold = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escape(text))
    return _LINK.sub(_link, bold)


def _link(found: re.Match[str]) -> str:
    words, address = found[1], found[2]
    if not address.startswith("https://"):
        return words  # a file beside the card: it is not served
    return f'<a href="{address}" rel="noopener noreferrer">{words}</a>'
