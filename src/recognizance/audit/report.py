"""Report: an audit document in, one HTML file out that explains it to whoever has to decide: text, tables and plots.

Everything in it comes from the document. It needs nothing but a browser, and prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from importlib import resources
from string import Template
from typing import Any

from recognizance.audit import figures, markup, wording
from recognizance.audit.marks import MARK_SIMILARITY, RATIO_FMR, Outcome
from recognizance.audit.sizes import PEOPLE_NEEDED, Verdict

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
    """The report, the same for the same document."""
    title = f"Audit of the face recognition models “{document['pack']['name']}”"
    sections = (_first_screen, _words, _by_group, _apart, _searches, _similarity, _quality, _worst, _how)
    body = "\n".join([f"<h1>{escape(title)}</h1>", *(line for section in sections for line in section(document))])
    style = resources.files("recognizance.audit").joinpath("report.css").read_text(encoding="utf-8")
    return _PAGE.substitute(title=escape(title), style=style, body=body)


def _first_screen(document: Document) -> Iterator[str]:
    data, marks = document["data"], document["marks"]
    yield (
        f'<p class="sub">{escape(document["date"])} · {data["people"]:,} people, {data["images"]:,} photographs · '
        f"auditor: {escape(document['statement']['auditor'])}</p>"
    )
    outcome, sentence = wording.verdict(marks)
    yield f'<div class="verdict {_css(outcome)}"><strong>{escape(sentence)}</strong></div>'
    rows = [
        (
            escape(mark["mark"]),
            f'<span class="outcome {_css(mark["outcome"])}">{mark["outcome"]}</span>',
            escape(wording.because(mark)),
        )
        for mark in marks
    ]
    yield from markup.table(("pass mark (provisional)", "outcome", "because of"), rows)
    yield from markup.bullets("What was found", wording.findings(document))
    yield from markup.bullets("What this audit cannot say", wording.limits(document))


def _words(_: Document) -> Iterator[str]:
    yield "<h2>The words</h2><dl>"
    yield from (f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in wording.TERMS.items())
    yield "</dl>"


def _by_group(document: Document) -> Iterator[str]:
    yield "<h2>How often it is wrong about whom</h2>"
    for level in document["levels"]:
        promised = wording.one_in(level["nominal_fmr"])
        yield f"<h3>At {escape(level['name'])}</h3><p>Meant for a false match rate of {promised}; {level['basis']}.</p>"
        rows = [
            (
                escape(row["group"]),
                f"{row['people']:,}",
                *(_rate(row.get(metric)) for metric in ("fmr", "fnmr", "fpir", "fnir")),
            )
            for row in level["groups"]
            if row["people"] >= PEOPLE_NEEDED
        ]
        head = ("group", "people", "false matches", "misses", "searches that return a stranger", "searches that miss")
        yield from markup.table(head, rows)
    yield from _too_small(document)
    yield from markup.figure(
        figures.draw(document, figures.draw_det, height=4.2), "Misses against false matches, by group."
    )
    level = _comparing(document)
    if shown := sum(row["people"] >= PEOPLE_NEEDED for row in level["groups"]):
        image = figures.draw(document, figures.draw_rates(level, "fmr"), height=1.2 + 0.24 * shown)
        yield from markup.figure(image, "False matches inside groups. Hollow: not enough data. Dashed: as intended.")
    yield from markup.figure(figures.draw(document, figures.draw_distributions), "Scores of pairs.")


def _too_small(document: Document) -> Iterator[str]:
    small = [row for row in document["levels"][0]["groups"] if row["people"] < PEOPLE_NEEDED]
    if small:
        names = "; ".join(f"{row['group']} ({row['people']})" for row in small)
        yield (
            f'<p class="few">Not enough data, fewer than {PEOPLE_NEEDED} people, and so not in these tables: '
            f"{escape(names)}. The JSON holds what was counted.</p>"
        )


def _apart(document: Document) -> Iterator[str]:
    yield "<h2>How far groups are apart</h2>"
    yield f"<p>{escape(wording.HOW_FAR)}</p>"
    level, deciding = _comparing(document), _deciding(document)
    rows = [
        (
            escape(f"{wording.METRICS[row['metric']]}, by {' and '.join(row['columns'])}, at {at['name']}"),
            _ratio(row["max_min"]),
            _ratio(row["max_geomean"]),
            f"{row['gini']:.2f}",
            escape("; ".join(_against_the_rest(row)) or "none"),
        )
        for at, metrics in ((level, ("fmr",)), (deciding, ("fnmr", "fte")))
        for row in at["differentials"]
        if row["metric"] in metrics and "max_min" in row
    ]
    head = ("rate", "worst over best", "worst over mean", "Gini", "clearly unlike the others (Holm p under 0.05)")
    if rows:
        yield from markup.table(head, rows)
    else:
        yield "<p>There are not two groups with enough data to be compared.</p>"
    for columns in dict.fromkeys(tuple(cell["columns"]) for cell in level["cross"]):
        names = {name for cell in level["cross"] if tuple(cell["columns"]) == columns for name in cell["groups"]}
        image = figures.draw(document, figures.draw_cross(level, columns), height=min(1.6 + 0.5 * len(names), 7))
        yield from markup.figure(
            image, f"False match rate inside and across groups by {columns[0]}, at {level['name']}."
        )
    if document["curves"]["equity"]:
        image = figures.draw(document, figures.draw_equity)
        yield from markup.figure(image, "How far groups are apart in false matches, over all thresholds.")


def _searches(document: Document) -> Iterator[str]:
    found = document["open_set"]
    yield "<h2>Searching for a face among many</h2>"
    if "not_enough_data" in found:
        yield f"<p>Not enough data: {escape(found['not_enough_data'])}.</p>"
        return
    yield (
        f"<p>{found['gallery_people']:,} people were enrolled; {found['non_mated_searches']:,} searches were for "
        f"people who were not, {found['mated_searches']:,} for people who were. The formula is what "
        "independent comparisons would make of the false match rate.</p>"
    )
    rows = [
        (
            f"{row['enrolled']:,}",
            f"{row['similarity']:g}",
            _rate(row["fpir"]),
            " to ".join(wording.percent(end) for end in row["fpir_by_formula"]),
            _rate(row["fnir"]),
            escape(wording.harm(row["fpir"])),
        )
        for row in found["sizes"]
    ]
    head = ("enrolled", "similarity", "return a stranger", "by formula", "miss", "of 1,000 searches for strangers")
    yield from markup.table(head, rows)


def _similarity(document: Document) -> Iterator[str]:
    yield "<h2>Does similarity mean what it says?</h2>"
    yield f"<p>{escape(wording.SIMILARITY)}</p>"
    yield from markup.figure(figures.draw(document, figures.draw_similarity, height=4.2), "Promised and measured.")
    if document["shifts"]:
        rows = [
            (escape(row["group"]), f"{row['points']:+.1f}", "extrapolated" if row["extrapolated"] else "measured")
            for row in document["shifts"]
        ]
        head = ("group", "points of similarity that its own threshold for 1 in a million lies higher", "basis")
        yield from markup.table(head, rows)
    costs = document["calibration"]
    if "not_enough_data" in costs:
        yield f"<p>Likelihood ratios: not enough data; {escape(costs['not_enough_data'])}.</p>"
        return
    large = {part["group"] for part in document["curves"]["parts"] if part["people"] >= PEOPLE_NEEDED}
    costs_by_name = {"everybody": costs["everybody"]} | {
        name: cost for name, cost in costs["groups"].items() if name in large
    }
    costed = [
        (escape(name), *(f"{cost[part]:.4f}" for part in ("cllr", "cllr_min", "cllr_cal")))
        for name, cost in costs_by_name.items()
    ]
    yield from markup.table(("group", "Cllr", "best possible", f"lost (goal {costs['goal_cllr_cal']})"), costed)
    yield from markup.figure(figures.draw(document, figures.draw_evidence), "Likelihood ratios, fitted and seen.")


def _quality(document: Document) -> Iterator[str]:
    quality, level = document["quality"], _deciding(document)
    yield "<h2>Quality of the pictures</h2>"
    failures = {row["group"]: row["fte"] for row in level["groups"]}
    rows = [
        (
            escape(row["group"]),
            f"{row['images']:,}",
            _rate(failures[row["group"]]),
            *("-" if value is None else f"{value:.4g}" for value in row["mean"].values()),
        )
        for row in quality["groups"]
        if failures[row["group"]]["verdict"] == Verdict.ENOUGH.value
    ]
    measures = [measure.replace("_px", ", px").replace("_", " ") for measure in quality["groups"][0]["mean"]]
    yield from markup.table(("group", "pictures", "without a usable face", *measures), rows)
    yield from markup.figure(
        figures.draw(document, figures.draw_discard), "Misses when the worst pictures are left out."
    )


def _worst(document: Document) -> Iterator[str]:
    yield "<h2>What went wrong most</h2><p>For the eyes of those who hold the pictures; no face is in this file.</p>"
    for title, key in (("Different people, taken for one", "false_matches"), ("One person, not recognised", "misses")):
        rows = [
            (*(f"<code>{escape(image)}</code>" for image in pair["images"]), f"{pair['similarity']:.1f}")
            for pair in document["worst"][key]
        ]
        yield f"<h3>{title}</h3>"
        yield from markup.table(("picture", "picture", "similarity"), rows)


def _how(document: Document) -> Iterator[str]:
    yield "<h2>How it was made</h2>"
    system, pack, data = document["system"], document["pack"], document["data"]
    left_out = ", ".join(f"{count} marked {note}" for note, count in data["left_out"].items()) or "none"
    rows = [
        ("system", escape(f"{system['name']} {system['version']} on {system['hardware']}")),
        *((f"network {escape(file)}", f"<code>{digest}</code>") for file, digest in pack["models"].items()),
        ("data", f"<code>{data['fingerprint']}</code>"),
        ("sets", escape(", ".join(f"{name} ({count:,})" for name, count in data["sets"].items()))),
        ("pictures left out", escape(left_out)),
        ("pairs", f"{data['mated_pairs']:,} of one person, {data['non_mated_pairs']:,} of different people"),
        ("origin of the group labels", escape(document["statement"]["label_origin"])),
        ("made again by", f"<code>{escape(document['statement']['command'])}</code>"),
    ]
    yield from markup.table(("", ""), rows)
    yield f"<p>{escape(wording.METHOD)}</p>"


def _deciding(document: Document) -> Document:
    found: Document = next(level for level in document["levels"] if level["similarity"] == MARK_SIMILARITY)
    return found


def _comparing(document: Document) -> Document:
    found: Document = next(level for level in document["levels"] if level["nominal_fmr"] == RATIO_FMR)
    return found


def _css(outcome: str) -> str:
    return "few" if outcome == Outcome.UNDECIDED.value else outcome


def _rate(rate: Document | None) -> str:
    if rate is None:
        return '<span class="few">no trials</span>'
    text = escape(wording.rate(rate))
    few = rate.get("verdict") == Verdict.NOT_ENOUGH.value
    return f'<span class="few">{text}; not enough data</span>' if few else text


def _ratio(ratio: Document) -> str:
    return escape(wording.ratio(ratio))


def _against_the_rest(row: Document) -> list[str]:
    return [f"{one['group']}, {one['ratio']:.2g} times" for one in row["against_the_rest"] if one["p_holm"] < 0.05]
