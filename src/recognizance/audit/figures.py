"""Figures: an audit document in, its plots out as SVG texts, the same bytes for the same document."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from recognizance.audit import wording
from recognizance.audit.sizes import PEOPLE_NEEDED, Verdict
from recognizance.evaluation.curve import log10_fmr_at

Document = Mapping[str, Any]
Draw = Callable[[Document, Axes], None]

_DARK, _WARM, _GREY = "#1b4f72", "#b9770e", "#8a8f94"
# Text stays text, element ids come from the content: small files, the same when remade.
_STYLE = {"svg.hashsalt": "recognizance", "svg.fonttype": "none", "font.size": 9.0, "axes.grid": True}
_STYLE |= {"grid.alpha": 0.3, "axes.spines.top": False, "axes.spines.right": False}
_MOST_LINES = 10
_FEW_PAIRS = 30


def draw(document: Document, how: Draw, *, height: float = 3.6) -> str:
    """One plot as SVG; `height` in inches, at a width of 7."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(7, height), layout="constrained")
        how(document, figure.subplots())
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()


def draw_det(document: Document, axes: Axes) -> None:
    """Misses against false matches, a line for each group of enough people."""
    for part in _large_parts(document):
        if part["fmr"] is None or part["fnmr"] is None:
            continue
        fmr, fnmr = np.array(part["fmr"]), np.array(part["fnmr"])
        shown = (fmr > 0) & (fnmr > 0)
        if not shown.any():
            continue
        everybody = not part["columns"]
        axes.plot(fmr[shown], fnmr[shown], label=part["group"], linewidth=2.2 if everybody else 1.1)
    axes.set(xscale="log", yscale="log", xlabel="false match rate", ylabel="false non-match rate")
    axes.set(xlim=(1e-7, 1), ylim=(1e-4, 1))
    _legend(axes)


def draw_rates(level: Document, metric: str) -> Draw:
    """A rate of every group at a level, with its 95 % interval; hollow where there is not enough data."""

    def how(_: Document, axes: Axes) -> None:
        rows = [row for row in level["groups"] if row.get(metric) and row["people"] >= PEOPLE_NEEDED][::-1]
        for height, row in enumerate(rows):
            rate = row[metric]
            low, high = rate["interval_95"]
            enough = rate["verdict"] == Verdict.ENOUGH.value
            colour = _DARK if enough else _GREY
            floor = 0.5 / rate["trials"]
            axes.plot([max(low, floor), high], [height, height], color=colour, linewidth=1.6)
            filled = colour if enough else "white"
            # No event is no rate of zero: half an event is drawn, and the interval goes on to its upper end.
            axes.plot(max(rate["value"], floor), height, "o", color=colour, markerfacecolor=filled, markersize=5)
        axes.set(xscale="log", yticks=range(len(rows)), yticklabels=[row["group"] for row in rows])
        axes.set_xlabel(f"{_NAMES[metric]} at {wording.level(level)} (95 %)")
        if metric == "fmr":
            axes.axvline(level["nominal_fmr"], color=_WARM, linestyle="--", linewidth=1)

    return how


def draw_cross(cells: Sequence[Document], names: Sequence[str]) -> Draw:
    """The false match rate inside each named group and across each two, as a heat map."""

    def how(_: Document, axes: Axes) -> None:
        values = np.full((len(names), len(names)), np.nan)
        for cell in cells:
            row, column = (names.index(name) for name in cell["groups"])
            rate = cell["fmr"]
            values[row, column] = values[column, row] = max(rate["value"], 0.5 / rate["trials"])
            clear = rate["events"] and rate["verdict"] == Verdict.ENOUGH.value
            text = f"{rate['value']:.1e}" if rate["events"] else f"under\n{rate['interval_95'][1]:.0e}"
            for x, y in {(row, column), (column, row)}:
                axes.text(x, y, text, ha="center", va="center", fontsize=7, color="black" if clear else "#777777")
        norm = LogNorm(np.nanmin(values) / 2, np.nanmax(values) * 2)
        image = axes.imshow(values, norm=norm, cmap="YlOrBr", alpha=0.75)
        short = [name.partition(" ")[2] for name in names]
        axes.set(xticks=range(len(names)), yticks=range(len(names)), yticklabels=short)
        axes.set_xticklabels(short, rotation=30, ha="right")
        axes.grid(visible=False)
        axes.figure.colorbar(image, ax=axes, label="false match rate")

    return how


def draw_distributions(document: Document, axes: Axes) -> None:
    """How scores of pairs of one person and of different people are spread."""
    [everybody] = [part for part in document["curves"]["parts"] if not part["columns"]]
    scores = np.array(document["curves"]["scores"])
    middle, width = (scores[1:] + scores[:-1]) / 2, np.diff(scores)
    axes.plot(middle, -np.diff(everybody["fmr"]) / width, color=_WARM, label="different people")
    axes.plot(middle, np.diff(everybody["fnmr"]) / width, color=_DARK, label="one person")
    for level in document["levels"]:
        if level["similarity"] in {50.0, 80.0, 99.0}:
            axes.axvline(level["threshold"], color=_GREY, linestyle=":", linewidth=1)
            axes.text(level["threshold"], axes.get_ylim()[1], f" {level['similarity']:g}", fontsize=7, va="bottom")
    axes.set(yscale="log", xlabel="score; dotted: similarity 50, 80 and 99", ylabel="density")
    axes.set_ylim(bottom=1e-4)
    _legend(axes)


def draw_equity(document: Document, axes: Axes) -> None:
    """How far groups are apart in false matches as the threshold rises."""
    for curve in document["curves"]["equity"]:
        ratio, floored = np.array(curve["max_geomean"]), np.array(curve["floored"])
        scores = np.array(document["curves"]["scores"])
        label = " and ".join(curve["columns"])
        [line] = axes.plot(scores[~floored], ratio[~floored], label=label)
        # Past the last false match of all groups only their sizes are left to compare.
        left = floored & (ratio != ratio[-1])
        axes.plot(scores[left], ratio[left], ":", color=line.get_color(), linewidth=1)
    axes.axhline(1, color=_GREY, linewidth=1)
    axes.set(xlabel="threshold (score); dotted: some group has no false match left", ylabel="worst group over mean")
    _legend(axes)


def draw_similarity(document: Document, axes: Axes) -> None:
    """The false match rate that a similarity promises, against what was measured."""
    curves = document["curves"]
    promised = 10.0 ** np.array([log10_fmr_at(similarity) for similarity in curves["similarities"]])
    shown = (promised < 1) & (promised > 1e-8)
    axes.plot([1e-8, 1], [1e-8, 1], color=_GREY, linewidth=1, label="as promised")
    for part in _large_parts(document):
        if part["fmr"] is not None:
            measured = np.array(part["fmr"])
            some = shown & (measured > 0)
            axes.plot(promised[some], measured[some], label=part["group"], linewidth=1.1 if part["columns"] else 2.2)
    axes.set(xscale="log", yscale="log", xlabel="false match rate that the similarity stands for", ylabel="measured")
    _legend(axes)


def draw_evidence(document: Document, axes: Axes) -> None:
    """Likelihood ratios as fitted on one half of the people, against what the other half shows."""
    ratios = document["calibration"]["log10_lr"]
    axes.plot(ratios["scores"], ratios["stated"], color=_DARK, label="fitted on one half")
    seen = [(s, o) for s, o in zip(ratios["scores"], ratios["observed"], strict=True) if o is not None]
    scores, observed = [score for score, _ in seen], [value for _, value in seen]
    axes.plot(scores, observed, "o", color=_WARM, markersize=3, label="seen in the other half")
    axes.set(xlabel="score", ylabel="log10 of the likelihood ratio")
    _legend(axes)


def draw_reliability(document: Document, axes: Axes) -> None:
    """Probabilities as stated against how often it was the same person, for each prior."""
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1)
    for found, colour in zip(document["calibration"]["reliability"], (_DARK, _WARM), strict=True):
        for many, fill in ((True, colour), (False, "white")):
            some = [one for one in found["bins"] if (one["pairs"] >= _FEW_PAIRS) is many]
            stated, observed = ([one[side] for one in some] for side in ("stated", "observed"))
            label = f"prior {found['prior']:g}" if many else None
            axes.plot(stated, observed, "o", color=colour, markerfacecolor=fill, markersize=6, label=label)
    axes.set(xlabel="stated probability of the same person", ylabel="share that was the same person")
    _legend(axes)


def draw_discard(document: Document, axes: Axes) -> None:
    """Misses that remain when the worst pictures are left out."""
    rows = document["quality"]["discard"]
    for measure in dict.fromkeys(row["measure"] for row in rows):
        own = [row for row in rows if row["measure"] == measure]
        shares, misses = [100 * row["discarded"] for row in own], [100 * row["fnmr"]["value"] for row in own]
        axes.plot(shares, misses, "o-", markersize=3, label=measure.replace("_px", "").replace("_", " "))
    axes.set(xlabel="worst pictures left out, %", ylabel="misses at similarity 80, %")
    axes.set_ylim(bottom=0)
    _legend(axes)


_NAMES = {"fmr": "false match rate", "fnmr": "false non-match rate", "fte": "pictures without a usable face"}


def _large_parts(document: Document) -> list[Mapping[str, Any]]:
    """Everybody and the largest groups of enough people, so that lines can be told apart."""
    parts = [part for part in document["curves"]["parts"] if part["people"] >= PEOPLE_NEEDED]
    return sorted(parts, key=lambda part: (bool(part["columns"]), -part["people"]))[:_MOST_LINES]


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=7)
