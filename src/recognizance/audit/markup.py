"""Markup: texts, cells and plots in, lines of HTML out. Titles, heads and captions are text; cells are HTML."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape


def bullets(title: str, sentences: Sequence[str]) -> Iterator[str]:
    """Sentences under a title."""
    yield f"<h3>{title}</h3><ul>"
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
