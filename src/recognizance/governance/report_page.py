"""Report page: a report's document in, one HTML file out for those who have to answer for it, and for everybody else.

Everything in it comes from the document. It needs nothing but a browser, and prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from importlib import resources
from string import Template
from typing import Any

Document = Mapping[str, Any]

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
$style</style>
$body
</html>
""")


def render(document: Document) -> str:
    """The page, the same for the same document."""
    style = resources.files("recognizance.governance").joinpath("report.css").read_text(encoding="utf-8")
    sections = (_head, _tables, _thresholds, _retentions, _stops, _foot)
    body = "\n".join(line for section in sections for line in section(document))
    return _PAGE.substitute(title=escape(document["title"]), style=style, body=body)


def _head(document: Document) -> Iterator[str]:
    yield f"<h1>{escape(document['title'])}</h1>"
    yield f'<p class="sub">From {_day(document["from"])} until before {_day(document["until"])} (UTC).</p>'
    yield (
        "<p>This report says how face recognition was used here: why faces were searched, what came of it, who "
        "checked, and what was refused, disputed or erased. Every number counts entries of a record that cannot be "
        "changed afterwards without being noticed.</p>"
    )
    yield (
        f"<p>Numbers from 1 to {document['withheld_below'] - 1} are withheld, so that nobody who is one of very few "
        "can be recognised in them. Where a total would give such a number away, a larger one is withheld as well.</p>"
    )


def _tables(document: Document) -> Iterator[str]:
    for table in document["tables"]:
        yield from _table(table, document)


def _table(table: Document, document: Document) -> Iterator[str]:
    yield f"<h2>{escape(table['title'])}</h2>"
    yield f'<p class="about">{escape(table["about"])}</p>'
    if table["total"] == 0:
        yield "<p>None in this time.</p>"
        return
    yield "<table><tbody>"
    yield from (f"<tr><td>{escape(label)}</td><td>{_number(count)}</td></tr>" for label, count in table["rows"].items())
    yield f"</tbody><tfoot><tr><td>all</td><td>{_number(table['total'])}</td></tr></tfoot></table>"
    if not table["told_apart"]:
        yield '<p class="about">There were too few of each kind to tell them apart here.</p>'
    if table["id"] == "known_answers":
        yield _errors(document["reviewer_errors"])


def _errors(errors: Document | None) -> str:
    if errors is None:
        return "<p>Not enough data to say how often reviewers name a wrong person.</p>"
    low, high = (f"{100 * errors[end]:.1f}" for end in ("low", "high"))
    return (
        f"<p>Of {errors['trials']:,} answers that could have named a wrong person, {errors['events']:,} did: a rate "
        f"between {low} and {high} percent (95 % interval).</p>"
    )


def _thresholds(document: Document) -> Iterator[str]:
    yield "<h2>Which thresholds moved?</h2>"
    yield (
        '<p class="about">How alike faces have to be before anybody is named (similarity, 0 to 100), and the share of '
        "searches for strangers that may name somebody. Every change that took effect.</p>"
    )
    rows = [
        (
            _day(change["at"]),
            f"policy {escape(change['policy'])}"
            + (f", for the collection {escape(change['collection'])}" if change["collection"] else "")
            + (f", after audit {escape(change['audit'])}" if change["audit"] else ""),
            " &rarr; ".join(
                f"{change[side]['floor']:g} ({change[side]['fpir_target']:g})" for side in ("before", "after")
            ),
        )
        for change in document["threshold_changes"]
    ]
    yield from _list(rows)


def _retentions(document: Document) -> Iterator[str]:
    yield "<h2>How long are faces kept?</h2>"
    yield '<p class="about">Every change of how many days a collection keeps faces.</p>'
    rows = [
        (
            _day(change["at"]),
            f"the collection {escape(change['collection'])}",
            " &rarr; ".join(
                "no limit" if change[side] is None else f"{change[side]:,} days" for side in ("before", "days")
            ),
        )
        for change in document["retention_changes"]
    ]
    yield from _list(rows)


def _stops(document: Document) -> Iterator[str]:
    yield "<h2>What was stopped?</h2>"
    yield '<p class="about">Each time that face recognition was switched off, for all or for a part of it.</p>'
    rows = [
        (
            _day(stop["at"]),
            escape(" ".join(filter(None, (stop["scope"], stop["target"]))))
            + (f", but not {escape(', '.join(stop['spared']))}" if stop["spared"] else ""),
            f"until {_day(stop['ended'] or stop['until'])}" if stop["ended"] or stop["until"] else "stopped still",
        )
        for stop in document["stops"]
    ]
    yield from _list(rows)


def _list(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    if not rows:
        yield "<p>None in this time.</p>"
        return
    yield "<table><tbody>"
    yield from ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    yield "</tbody></table>"


def _foot(document: Document) -> Iterator[str]:
    yield "<h2>How to check this</h2>"
    if document["entries"]:
        first, last = document["entries"]["first"], document["entries"]["last"]
        yield f"<p>The numbers are counts of the entries {first:,} to {last:,} of the ledger.</p>"
    else:
        yield "<p>The ledger holds no entry of this time.</p>"
    if document["system"]:
        version, models = escape(document["system"]["version"]), document["system"]["models"]
        yield f"<p>They were made by Recognizance {version} with these models:</p><table><tbody>"
        yield from (
            f"<tr><td>{escape(name)}</td><td><code>{digest[:16]}</code></td></tr>" for name, digest in models.items()
        )
        yield "</tbody></table>"


def _number(count: int | None) -> str:
    return '<span class="withheld">withheld</span>' if count is None else f"{count:,}"


def _day(moment: str) -> str:
    return escape(moment.partition("T")[0])
