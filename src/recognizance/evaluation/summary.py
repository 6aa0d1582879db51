"""Summary: a curve or measurement document in, tables of text out, for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TextTable:
    """A title, column heads, and rows of as many cells."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def summarise_curve(document: Mapping[str, Any]) -> list[TextTable]:
    """What the numbers of a curve mean, what they mean inside each group, and the check on people not fitted."""
    pack = document["pack"]["name"]
    levels = [level["similarity"] for level in document["groups"][0]["levels"]]
    return [
        TextTable(
            f"Similarity of the pack {pack}",
            ("similarity", "false match rate", "basis", "score", "mated pairs found (95 %)"),
            tuple(
                (
                    f"{anchor['similarity']:g}",
                    f"{anchor['fmr']:.0e}",
                    anchor["basis"],
                    f"{anchor['score']:.3f}",
                    _percent(anchor["hit_rate"]),
                )
                for anchor in document["anchors"]
            ),
        ),
        TextTable(
            "False match rate inside each group (95 %)",
            ("group", "people", "pairs", *(f"at similarity {level:g}" for level in levels)),
            tuple(
                (
                    group["name"],
                    f"{group['people']:,}",
                    f"{group['non_mated_pairs']:,}",
                    *(_judged(level) for level in group["levels"]),
                )
                for group in document["groups"]
            ),
        ),
        TextTable(
            "False match rate of people not used to fit (95 %)",
            ("fitted on half", "group", "pairs", *(f"at similarity {level:g}" for level in levels)),
            tuple(
                (
                    check["fitted_on"],
                    group["name"],
                    f"{group['levels'][0]['fmr']['trials']:,}",
                    *(_judged(level) for level in group["levels"]),
                )
                for check in document["held_out"]
                for group in check["groups"]
            ),
        ),
        TextTable(
            "Scores as evidence, on people not used to fit (bits)",
            ("fitted on half", "Cllr", "Cllr_min", "Cllr_cal"),
            tuple((check["fitted_on"], *_costs(check["likelihood_ratios"])) for check in document["held_out"]),
        ),
    ]


def summarise_measurement(document: Mapping[str, Any]) -> list[TextTable]:
    """Sizes and single figures, misses at false match rates, and what the curve's similarities mean here."""
    data, times = document["data"], document["times_ms"]
    tables = [
        TextTable(
            f"Pack {document['pack']['name']} on {', '.join(data['sets'])}",
            ("measure", "value"),
            (
                ("images, people", f"{data['images']:,}, {data['people']:,}"),
                ("mated, non-mated pairs", f"{data['mated_pairs']:,}, {data['non_mated_pairs']:,}"),
                ("pictures without a usable face (95 %)", _percent(document["failure_to_enrol"])),
                ("area under the ROC curve", f"{document['auc']:.6f}"),
                ("equal error rate", f"{100 * document['eer']:.2f} %"),
                (
                    f"mate found first among {document['rank_one']['gallery']:,} (95 %)",
                    _percent(document["rank_one"]),
                ),
                ("decode and detect, embed", f"{_time(times['decode_and_detect'])}, {_time(times['embed'])}"),
            ),
        ),
        TextTable(
            "Misses at a false match rate",
            ("false match rate", "basis", "score", "FNMR (95 %)", "with unusable pictures"),
            tuple(_level_row(level) for level in document["levels"]),
        ),
    ]
    if document["similarities"]:
        tables.append(
            TextTable(
                "The curve's similarities on these people (95 %)",
                ("similarity", "score", "FMR", "FNMR"),
                tuple(
                    (f"{row['similarity']:g}", f"{row['score']:.3f}", _rate(row["fmr"]), _percent(row["fnmr"]))
                    for row in document["similarities"]
                ),
            )
        )
    return tables


def _level_row(level: Mapping[str, Any]) -> tuple[str, ...]:
    if "threshold" not in level:
        return f"{level['fmr']:.0e}", level["basis"], "-", "-", "-"
    with_failures = f"{100 * level['generalised_fnmr']:.2f} %"
    threshold, missed = f"{level['threshold']:.4f}", _percent(level["fnmr"])
    return f"{level['fmr']:.0e}", level["basis"], threshold, missed, with_failures


def _judged(level: Mapping[str, Any]) -> str:
    return "not enough data" if level["verdict"] == "not enough data" else f"{_rate(level['fmr'])} {level['verdict']}"


def _costs(ratios: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{ratios[name]:.4f}" if name in ratios else "-" for name in ("cllr", "cllr_min", "cllr_cal"))


def _rate(rate: Mapping[str, Any]) -> str:
    """A small rate; where nothing happened its upper end alone, never a bare zero."""
    low, high = rate["interval_95"]
    return f"{rate['value']:.1e} ({low:.1e} to {high:.1e})" if rate["events"] else f"under {high:.1e}"


def _percent(rate: Mapping[str, Any]) -> str:
    low, high = (100 * end for end in rate["interval_95"])
    return f"{100 * rate['value']:.2f} % ({low:.2f} to {high:.2f})" if rate["events"] else f"under {high:.2f} %"


def _time(milliseconds: float | None) -> str:
    return "known from an earlier run" if milliseconds is None else f"{milliseconds:.1f} ms"
