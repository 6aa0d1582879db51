"""Report: an audit document in, one HTML file out that explains it to whoever has to decide: text, tables and plots.

Everything in it comes from the document. It needs nothing but a browser, and prints. The first screen is here, and how
the audit was made; the chapters between them are in `chapters` and `evidence_chapters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib import resources
from string import Template

from recognizance.audit import chapters, evidence_chapters, markup, wording
from recognizance.audit.marks import Outcome
from recognizance.audit.markup import Document

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

_FIRST = (Outcome.FAILED.value, Outcome.UNDECIDED.value, Outcome.MET.value)


def render(document: Document) -> str:
    """The report, the same for the same document."""
    title = f"Audit of the face recognition models “{document['pack']['name']}”"
    sections = (
        _first_screen,
        _words,
        chapters.by_group,
        chapters.apart,
        chapters.searches,
        evidence_chapters.similarity,
        evidence_chapters.likelihood,
        evidence_chapters.quality,
        evidence_chapters.worst,
        _not_measured,
        _how,
        _signature,
        chapters.every_threshold,
    )
    body = "\n".join([f"<h1>{escape(title)}</h1>", *(line for section in sections for line in section(document))])
    style = resources.files("recognizance.audit").joinpath("report.css").read_text(encoding="utf-8")
    return _PAGE.substitute(title=escape(title), style=style, body=body)


def _first_screen(document: Document) -> Iterator[str]:
    data, marks, statement = document["data"], document["marks"], document["statement"]
    yield (
        f'<p class="sub">{escape(document["date"])} · {data["people"]:,} people, {data["images"]:,} photographs · '
        f"auditor: {escape(statement['auditor'])}</p>"
    )
    outcome, sentence = wording.verdict(marks)
    yield f'<div class="verdict {_css(outcome)}"><strong>{escape(sentence)}</strong></div>'
    rows = [
        (
            escape(mark["mark"]),
            f'<span class="outcome {_css(mark["outcome"])}">{mark["outcome"]}</span>',
            escape(wording.because(mark)),
        )
        for mark in sorted(marks, key=lambda mark: _FIRST.index(mark["outcome"]))
    ]
    yield from markup.table(("pass mark (provisional)", "outcome", "because of"), rows)
    yield f"<p>What is done about it, and until when: {escape(statement['mitigation'])}.</p>"
    yield '<div class="columns"><div>'
    yield from markup.bullets("What this audit cannot say", wording.limits(document))
    yield "</div><div>"
    yield from markup.bullets("What was found", wording.findings(document))
    yield "</div></div>"


def _words(_: Document) -> Iterator[str]:
    yield "<h2>The words</h2><dl>"
    yield from (f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in wording.TERMS.items())
    yield "</dl>"


def _not_measured(_: Document) -> Iterator[str]:
    yield from markup.bullets("What was not part of this audit", wording.NOT_MEASURED, level="h2")


def _how(document: Document) -> Iterator[str]:
    yield "<h2>How it was made</h2>"
    system, pack, data, statement = (document[part] for part in ("system", "pack", "data", "statement"))
    left_out = ", ".join(f"{count} marked {note}" for note, count in data["left_out"].items()) or "none"
    halves = f"{data['calibration_half_people']:,} and {data['test_half_people']:,} people, nobody in both (checked)"
    rows = [
        ("system", escape(f"{system['name']} {system['version']} on {system['hardware']}")),
        ("preprocessing", escape(system["preprocessing"])),
        *((f"model {escape(file)}", f"<code>{digest}</code>") for file, digest in pack["models"].items()),
        ("data", f"<code>{data['fingerprint']}</code>"),
        ("sets", escape(", ".join(f"{name} ({count:,})" for name, count in data["sets"].items()))),
        ("kind of photographs", escape(statement["capture"])),
        ("basis for using them", escape(statement["consent"])),
        ("origin of the group labels", escape(statement["label_origin"])),
        ("pictures left out", escape(left_out)),
        ("pairs", f"{data['mated_pairs']:,} of one person, {data['non_mated_pairs']:,} of different people"),
        ("calibration and test half", halves),
        ("auditor", escape(statement["auditor"])),
        ("made again by", f"<code>{escape(statement['command'])}</code>"),
    ]
    yield from markup.table(("", ""), rows)
    yield f"<p>{escape(wording.METHOD)}</p>"


def _signature(document: Document) -> Iterator[str]:
    yield "<h2>Signature</h2>"
    if "signature" not in document:
        yield "<p>Nobody signed this copy. The signed one is written by <code>recognizance audit sign</code>.</p>"
        return
    yield f"<p>{escape(wording.SIGNATURE)}</p>"
    yield from markup.table(("", ""), [(escape(name), escape(text)) for name, text in document["signature"].items()])


def _css(outcome: str) -> str:
    return "few" if outcome == Outcome.UNDECIDED.value else outcome
