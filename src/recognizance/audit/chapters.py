"""Chapters: an audit document in, the parts of its report on error rates of groups and of searches out, as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from recognizance.audit import figures, markup, wording
from recognizance.audit.marks import RATIO_FMR, deciding
from recognizance.audit.markup import Document, harm_cell, rate_cell
from recognizance.audit.sizes import PEOPLE_NEEDED

_RATES = ("fmr", "fnmr", "fpir", "fnir")
_SEARCHED_AT = (50.0, 80.0, 99.0)


def by_group(document: Document) -> Iterator[str]:
    """Error rates of every group at the two levels that decide, and over all thresholds."""
    yield "<h2>How often it is wrong about whom</h2>"
    yield "<p>The same tables for every other threshold stand at the end.</p>"
    for level in (deciding(document["levels"]), _comparing(document)):
        yield from _level(level)
    yield from _too_small(document)
    yield from markup.figure(
        figures.draw(document, figures.draw_det, height=4.2),
        "Misses against false matches as the threshold moves, by group. Nearer to the lower left corner is better.",
    )
    level = _comparing(document)
    if shown := sum(row["people"] >= PEOPLE_NEEDED for row in level["groups"]):
        image = figures.draw(document, figures.draw_rates(level, "fmr"), height=1.2 + 0.24 * shown)
        yield from markup.figure(
            image,
            "False matches inside groups, with 95 % intervals. Hollow: not enough data. Dashed: what the threshold is "
            "meant for.",
        )
    yield from markup.figure(
        figures.draw(document, figures.draw_distributions),
        "How often which score comes up. Where the two curves overlap, mistakes are made at any threshold.",
    )


def every_threshold(document: Document) -> Iterator[str]:
    """Error rates of every group at all other levels: an appendix."""
    yield "<h2>Appendix: every other threshold</h2>"
    shown = (deciding(document["levels"])["name"], _comparing(document)["name"])
    for level in document["levels"]:
        if level["name"] not in shown:
            yield from _level(level)


def apart(document: Document) -> Iterator[str]:
    """Ratios between groups, joint figures, and who is taken for whom."""
    yield "<h2>How far groups are apart</h2>"
    yield f"<p>{escape(wording.HOW_FAR)}</p>"
    comparing = _comparing(document)
    rows = [
        (
            escape(f"{wording.METRICS[row['metric']]}, by {' and '.join(row['columns'])}, at {wording.level(at)}"),
            escape(wording.ratio(row["max_min"])),
            escape(wording.ratio(row["max_geomean"])),
            f"{row['gini']:.2f}",
            escape("; ".join(wording.against_the_rest(row)) or "none"),
        )
        for at, metrics in ((comparing, ("fmr",)), (deciding(document["levels"]), ("fnmr", "fte")))
        for row in at["differentials"]
        if row["metric"] in metrics and "max_min" in row
    ]
    head = ("rate", "worst over best", "worst over mean", "Gini", "clearly unlike the others (Holm p under 0.05)")
    if rows:
        yield from markup.table(head, rows)
    else:
        yield "<p>There are not two groups with enough data to be compared.</p>"
    yield from _to_reference(document)
    yield from _joint(document)
    yield from _across(comparing, document)
    if document["curves"]["equity"]:
        yield from markup.figure(
            figures.draw(document, figures.draw_equity),
            "How far groups are apart in false matches, over all thresholds: the worst group over the mean of all.",
        )


def searches(document: Document) -> Iterator[str]:
    """Searches in galleries of three sizes, and what that means for people who are searched in vain, by group."""
    found = document["open_set"]
    yield "<h2>Searching for a face among many</h2>"
    if "not_enough_data" in found:
        yield f"<p>Not enough data: {escape(found['not_enough_data'])}.</p>"
        return
    yield (
        f"<p>{found['gallery_people']:,} people were enrolled; {found['non_mated_searches']:,} searches were for "
        f"people who were not, {found['mated_searches']:,} for people who were. “If pairs were independent” is what "
        "the false match rate alone would lead to.</p>"
    )
    rows = [
        (
            f"{row['enrolled']:,}",
            f"{row['similarity']:g}",
            rate_cell(row["fpir"]),
            wording.span(*row["fpir_by_formula"]),
            rate_cell(row["fnir"]),
        )
        for row in found["sizes"]
    ]
    head = ("enrolled", "similarity", "return a stranger", "if pairs were independent", "miss")
    yield from markup.table(head, rows)
    yield from _harm(document)


def _level(level: Document) -> Iterator[str]:
    promised = wording.one_in(level["nominal_fmr"])
    yield f"<h3>At {wording.level(level)}</h3><p>Meant for a false match rate of {promised}; {level['basis']}.</p>"
    rows = [
        (escape(row["group"]), f"{row['people']:,}", *(rate_cell(row.get(metric)) for metric in _RATES))
        for row in level["groups"]
        if row["people"] >= PEOPLE_NEEDED
    ]
    head = ("group", "people", "false matches", "misses", "searches that return a stranger", "searches that miss")
    yield from markup.table(head, rows)


def _too_small(document: Document) -> Iterator[str]:
    if few := wording.too_small(document):
        yield f'<p class="few">{escape(few)} They are not in these tables; the JSON holds what was counted.</p>'


def _to_reference(document: Document) -> Iterator[str]:
    reference = document["data"]["reference"]
    if reference is None:
        return
    rows = [
        (
            escape(row["group"]),
            wording.METRICS[row["metric"]],
            wording.level(level),
            escape(wording.ratio(row["ratio"])),
        )
        for level in (_comparing(document), deciding(document["levels"]))
        for row in level["to_reference"]
    ]
    yield f"<h3>Beside {escape(reference)}</h3>"
    if rows:
        yield from markup.table(("group", "rate", "at", "times the rate of that group"), rows)
    else:
        yield "<p>Not enough data on that group, or on any other of its kind.</p>"


def _joint(document: Document) -> Iterator[str]:
    rows = [
        (
            escape(" and ".join(row["columns"])),
            f"{row['weight_of_false_matches']:g}",
            f"{row['inequity_rate']:.2f}",
            f"{row['fdr']:.4f}",
            f"{row['garbe']:.3f}",
        )
        for row in _comparing(document)["joint"]
    ]
    if rows:
        yield f"<h3>False matches and misses in one figure</h3><p>{escape(wording.JOINT)}</p>"
        yield from markup.table(("groups by", "weight of false matches", "IR", "FDR", "GARBE"), rows)


def _across(level: Document, document: Document) -> Iterator[str]:
    large = {row["group"] for row in level["groups"] if row["people"] >= PEOPLE_NEEDED}
    for columns in dict.fromkeys(tuple(cell["columns"]) for cell in level["cross"]):
        cells = [
            cell for cell in level["cross"] if tuple(cell["columns"]) == columns and large.issuperset(cell["groups"])
        ]
        names = list(dict.fromkeys(name for cell in cells for name in cell["groups"]))
        if len(names) > 1:
            image = figures.draw(document, figures.draw_cross(cells, names), height=min(1.6 + 0.5 * len(names), 7))
            yield from markup.figure(
                image,
                f"False match rate inside groups (diagonal) and across, by {columns[0]}, at {wording.level(level)}. "
                "Pale figures: not enough data, or no false match.",
            )


def _harm(document: Document) -> Iterator[str]:
    levels = [level for level in document["levels"] if level["similarity"] in _SEARCHED_AT]
    names = [row["group"] for row in levels[0]["groups"] if row["people"] >= PEOPLE_NEEDED and row.get("fpir")]
    by_level = [{row["group"]: row.get("fpir") for row in level["groups"]} for level in levels]
    yield (
        f"<h3>What to expect</h3><p>Of 1,000 searches for people who are not among these "
        f"{document['open_set']['gallery_people']:,}, so many return a false candidate; with more people enrolled, "
        "more do.</p>"
    )
    rows = [(escape(name), *(harm_cell(fpir[name]) for fpir in by_level)) for name in names]
    yield from markup.table(("group searched for", *(f"at {wording.level(level)}" for level in levels)), rows)


def _comparing(document: Document) -> Document:
    found: Document = next(level for level in document["levels"] if level["nominal_fmr"] == RATIO_FMR)
    return found
