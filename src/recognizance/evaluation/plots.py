"""Plots: curve and measurement documents in, SVG files out, the same bytes for the same document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recognizance.evaluation.curve import curve_of, similarity_at
from recognizance.evaluation.dataset import DatasetError
from recognizance.evaluation.tail import EVENTS_NEEDED

_MEASURED, _EXTRAPOLATED, _HITS = "#1b4f72", "#b9770e", "#1e8449"
_FEW = f"fewer than {EVENTS_NEEDED} false matches"
# Text stays text, element ids come from the content: small files, readable by search, without a diff when remade.
_STYLE = {"svg.hashsalt": "recognizance", "svg.fonttype": "none", "font.size": 9.0, "axes.grid": True}
_STYLE |= {"grid.alpha": 0.3, "axes.spines.top": False, "axes.spines.right": False}


def draw_curve(document: Mapping[str, Any], path: Path) -> None:
    """Draw a curve document: similarity by score, and beside it the share of mated pairs found at each similarity."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_similarity(left, document)
        _draw_hits(right, document)
        _save(figure, path)


def draw_det(documents: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw FNMR against FMR on log axes for measurement documents, by the name each shall have in the legend.

    Dashed where fewer than 30 false matches were seen. Raises DatasetError where no threshold has errors of both kinds.
    """
    with rc_context(_STYLE):
        figure = Figure(figsize=(5.5, 4.2), layout="constrained")
        axes = figure.subplots()
        for name, document in documents.items():
            fmr, fnmr = np.array(document["det"]["fmr"]), np.array(document["det"]["fnmr"])
            shown = (fmr > 0) & (fnmr > 0)
            if not shown.any():
                raise DatasetError(
                    f"{name}: scores of mated and non-mated pairs do not overlap, so there is no trade-off to draw; "
                    "more or harder pictures are needed"
                )
            few = fmr * document["data"]["non_mated_pairs"] < EVENTS_NEEDED
            [line] = axes.plot(fmr[shown & ~few], fnmr[shown & ~few], label=name)
            axes.plot(fmr[shown & few], fnmr[shown & few], "--", color=line.get_color(), label=_FEW)
        axes.set(xscale="log", yscale="log", xlabel="false match rate", ylabel="false non-match rate")
        axes.legend(frameon=False)
        _save(figure, path)


def draw_reliability(document: Mapping[str, Any], path: Path) -> None:
    """Draw the false match rates that a curve document measured on people not used to fit against those it stated."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(5.5, 4.2), layout="constrained")
        axes = figure.subplots()
        groups = [(check["fitted_on"], group) for check in document["held_out"] for group in check["groups"]]
        for position, (half, group) in enumerate(groups):
            # Beside each other, in the order of the legend, where all would stand on one line.
            beside = 10 ** (0.025 * (position - (len(groups) - 1) / 2))
            seen = [level for level in group["levels"] if level["fmr"]["events"]]
            stated = np.array([level["nominal_fmr"] for level in seen])
            measured = np.array([level["fmr"]["value"] for level in seen])
            ends = np.array([level["fmr"]["interval_95"] for level in seen]).reshape(-1, 2).T
            axes.errorbar(
                stated * beside,
                measured,
                yerr=np.abs(ends - measured),
                fmt="o" if half == "calibration" else "s",
                markersize=3,
                elinewidth=0.8,
                label=f"{group['name']}, fitted on {half}",
            )
        axes.plot([1e-7, 1e-1], [1e-7, 1e-1], color="grey", linewidth=0.8, label="as stated")
        axes.set(xscale="log", yscale="log", xlabel="false match rate as stated", ylabel="as measured (95 %)")
        axes.legend(frameon=False, fontsize=6.5)
        _save(figure, path)


def _draw_similarity(axes: Axes, document: Mapping[str, Any]) -> None:
    curve = curve_of(document, name="drawn")
    end = curve.extrapolated_from
    measured, beyond = np.linspace(0, end, 200), np.linspace(end, 1, 200)
    for scores, style, colour, label in (
        (measured, "-", _MEASURED, "measured"),
        (beyond, "--", _EXTRAPOLATED, "extrapolated"),
    ):
        axes.plot(scores, [curve.similarity(s) for s in scores], style, color=colour, label=label)
    for position, anchor in enumerate(document["anchors"]):
        point = anchor["score"], anchor["similarity"]
        axes.plot(*point, "o", color=_MEASURED if anchor["basis"] == "measured" else _EXTRAPOLATED, markersize=4)
        # Left and right in turn: the upper anchors stand too close for one column of labels.
        side, ha, va = (5, "left", "top") if position % 2 else (-5, "right", "bottom")
        text = f"FMR {anchor['fmr']:.0e}"
        axes.annotate(text, point, xytext=(side, 0), textcoords="offset points", ha=ha, va=va)
    axes.set(xlabel="score (cosine)", ylabel="similarity", title=f"pack {document['pack']['name']}")
    axes.legend(frameon=False, loc="lower right")


def _draw_hits(axes: Axes, document: Mapping[str, Any]) -> None:
    table = document["table"]
    similarities: NDArray[np.float64] = np.array([similarity_at(rate) for rate in table["log10_fmr"]])
    axes.plot(100 * np.array(table["hit_rate"]), similarities, color=_HITS)
    anchors = document["anchors"]
    ends = np.array([anchor["hit_rate"]["interval_95"] for anchor in anchors]).T
    values = np.array([anchor["hit_rate"]["value"] for anchor in anchors])
    axes.errorbar(
        100 * values,
        [anchor["similarity"] for anchor in anchors],
        xerr=100 * np.abs(ends - values),
        fmt="o",
        color=_HITS,
        markersize=4,
        capsize=2,
    )
    axes.set(xlabel="mated pairs at or above the similarity, % (95 %)", title="mated pairs found")


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})
