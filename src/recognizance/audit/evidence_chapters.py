"""Evidence chapters: an audit document in, the parts of its report on scores, quality and single pictures out."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from recognizance.audit import figures, markup, wording
from recognizance.audit.marks import deciding
from recognizance.audit.markup import Document, rate_cell
from recognizance.audit.sizes import PEOPLE_NEEDED, Verdict


def similarity(document: Document) -> Iterator[str]:
    """What similarities promise, and what was measured."""
    yield "<h2>Does similarity mean what it says?</h2>"
    yield f"<p>{escape(wording.SIMILARITY)}</p>"
    yield from markup.figure(
        figures.draw(document, figures.draw_similarity, height=4.2), "False match rates, promised and measured."
    )
    if document["shifts"]:
        rows = [
            (escape(row["group"]), f"{row['points']:+.1f}", "extrapolated" if row["extrapolated"] else "measured")
            for row in document["shifts"]
        ]
        yield "<p>How much higher a group's own threshold for one false match in a million would lie:</p>"
        yield from markup.table(("group", "points of similarity", "basis"), rows)


def likelihood(document: Document) -> Iterator[str]:
    """What likelihood ratios made of the scores are worth, and probabilities made of those."""
    costs = document["calibration"]
    yield "<h2>What a score is worth as evidence</h2>"
    if "not_enough_data" in costs:
        yield f"<p>Likelihood ratios: not enough data; {escape(costs['not_enough_data'])}.</p>"
        return
    yield f"<p>{escape(wording.EVIDENCE)}</p>"
    large = {part["group"] for part in document["curves"]["parts"] if part["people"] >= PEOPLE_NEEDED}
    named = {"everybody": costs["everybody"]} | {name: cost for name, cost in costs["groups"].items() if name in large}
    rows = [
        (escape(name), *(wording.bits(cost[part]) for part in ("cllr", "cllr_min", "cllr_cal")))
        for name, cost in named.items()
    ]
    yield from markup.table(("group", "Cllr", "best possible", f"lost (goal {costs['goal_cllr_cal']})"), rows)
    yield from markup.figure(
        figures.draw(document, figures.draw_evidence),
        "Likelihood ratios by score: as fitted on one half of the people, and as seen in the other half.",
    )
    yield f"<h3>As a probability</h3><p>{escape(wording.PROBABILITY)}</p>"
    errors = [(wording.one_in(found["prior"]), f"{found['ece']:.2g}") for found in costs["reliability"]]
    yield from markup.table(("before the comparison (prior)", "expected calibration error (ECE)"), errors)
    yield from markup.figure(
        figures.draw(document, figures.draw_reliability),
        "Probabilities as stated, and how often it was the same person. On the diagonal they hold. Each point is one "
        "tenth of the scale; hollow: fewer than 30 pairs.",
    )


def quality(document: Document) -> Iterator[str]:
    """Quality and failures by group, and misses when the worst pictures are left out."""
    found, level = document["quality"], deciding(document["levels"])
    yield "<h2>Quality of the pictures</h2>"
    failures = {row["group"]: row["fte"] for row in level["groups"]}
    rows = [
        (
            escape(row["group"]),
            f"{row['images']:,}",
            rate_cell(failures[row["group"]]),
            *("-" if value is None else f"{value:.4g}" for value in row["mean"].values()),
        )
        for row in found["groups"]
        if failures[row["group"]]["verdict"] == Verdict.ENOUGH.value
    ]
    measures = [measure.replace("_px", ", px").replace("_", " ") for measure in found["groups"][0]["mean"]]
    yield (
        "<p>Means over the pictures with a face: sharpness and brightness from 0 to 100, confidence that it is a face "
        "from 0 to 1.</p>"
    )
    yield from markup.table(("group", "pictures", "without a usable face", *measures), rows)
    if found["failures"]:
        reasons = [(f"{one['pictures']:,}", escape(one["reason"])) for one in found["failures"]]
        yield from markup.table(("pictures without a usable face", "why"), reasons)
    yield from markup.figure(
        figures.draw(document, figures.draw_discard),
        "Misses that remain when the worst pictures are left out, by what they are the worst in.",
    )


def worst(document: Document) -> Iterator[str]:
    """The pairs that went wrong most, by the names of their pictures."""
    yield "<h2>What went wrong most</h2><p>For the eyes of those who hold the pictures; no face is in this file.</p>"
    for title, key in (("Different people, taken for one", "false_matches"), ("One person, not recognised", "misses")):
        rows = [
            (*(f"<code>{escape(image)}</code>" for image in pair["images"]), f"{pair['similarity']:.1f}")
            for pair in document["worst"][key]
        ]
        yield f"<h3>{title}</h3>"
        yield from markup.table(("picture", "picture", "similarity"), rows)
