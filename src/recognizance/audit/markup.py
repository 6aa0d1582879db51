"""Markup: texts, rates and plots in, lines of HTML out. Titles, heads and captions are text; cells are HTML."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from recognizance.audit import wording
from recognizance.audit.sizes import Verdict

Document = Mapping[str, Any]


def bullets(title: str, sentences: Sequence[str], *, level: str = "h3") -> Iterator[str]:
    """Sentences under a title."""
    yield f"<{level}>{title}</{level}><ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in sentences)
    yield "</ul>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table whose heads are text and whose cells are HTML."""
    yield "<table><thead><tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr></thead><tbody>"
    yield from ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    yield "</tbody></table>"


def figure(svg: str, caption: str) -> Iterator[str]:
    """A plot with its caption."""
    # As an image, not inline: element ids of several plots in one page would clash.
    data = base64.b64encode(svg.encode()).decode()
    alt = escape(caption, quote=True)
    yield f'<figure><img alt="{alt}" src="data:image/svg+xml;base64,{data}"><figcaption>{alt}</figcaption></figure>'


def rate_cell(rate: Document | None) -> str:
    """A rate in a table: pale where there is not enough data."""
    if rate is None:
        return _pale("no trials")
    return _pale(f"{wording.rate(rate)}; not enough data") if _is_few(rate) else escape(wording.rate(rate))


def harm_cell(fpir: Document | None) -> str:
    """Searches of 1,000 that return a stranger, in a table: pale where there is not enough data."""
    text = wording.harm(fpir)
    return _pale(text) if fpir is None or _is_few(fpir) else escape(text)


def _is_few(rate: Document) -> bool:
    return bool(rate.get("verdict") == Verdict.NOT_ENOUGH.value)


def _pale(text: str) -> str:
    return f'<span class="few">{escape(text)}</span>'
