"""Plot of an ACLU test: the document in, an SVG file out: false matches and misses by group, at each setting."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recognizance.audit.aclu import FORMAT
from recognizance.audit.sizes import PEOPLE_NEEDED

_COLOURS = ("#1b4f72", "#2e86c1", "#b9770e", "#7d3c98")
_STYLE = {"svg.hashsalt": FORMAT, "svg.fonttype": "none", "font.size": 9.0, "axes.spines.top": False}
_STYLE |= {"axes.spines.right": False}


def draw_test(document: Mapping[str, Any]) -> str:
    """The plot as SVG, the same text for the same document. Groups of too few people are left out."""
    rows = document["settings"][0]["false_matches"]
    names = [row["group"] for row in rows if row["trials"] >= PEOPLE_NEEDED] or [rows[0]["group"]]
    with rc_context(_STYLE):
        figure = Figure(figsize=(9, 1.4 + 0.5 * len(names)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, key in ((left, "false_matches"), (right, "misses")):
            for number, setting in enumerate(document["settings"]):
                _draw_setting(axes, setting, key, names, number)
        left.set(xlabel="people taken for somebody else, % (95 %)", yticks=range(len(names)), yticklabels=names[::-1])
        right.set(xlabel="second photographs missed, % (95 %)")
        right.legend(frameon=False, fontsize=7)
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()


def setting_name(setting: Mapping[str, Any]) -> str:
    """A setting in words."""
    asked = "client defaults" if setting["threshold"] is None else f"threshold {setting['threshold']:g}"
    return f"{asked}, {'gallery-aware' if setting['gallery_threshold'] else 'as asked'}"


def _draw_setting(axes: Axes, setting: Mapping[str, Any], key: str, names: list[str], number: int) -> None:
    rates = {row["group"]: row for row in setting[key]}
    label: str | None = setting_name(setting)
    for position, name in enumerate(names[::-1]):
        if name in rates:
            low, high = (100 * end for end in rates[name]["interval_95"])
            height = position + 0.27 - 0.18 * number
            axes.plot([low, high], [height, height], color=_COLOURS[number], linewidth=1.5, label=label)
            axes.plot(100 * rates[name]["value"], height, "o", color=_COLOURS[number], markersize=4)
            label = None  # one entry for each setting
