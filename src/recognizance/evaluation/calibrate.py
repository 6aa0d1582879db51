"""Calibrate: labelled photographs and a model pack in, a curve document out.

The document is plain JSON: the table that turns scores into similarities, what each anchor costs in missed mates, the
false match rate of every group at the same numbers, and a check on people who were not used to fit. It holds rates
over many pairs and no vector, name or score of a single picture. `curve` reads it, `plots` draws it, `summary` prints
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from recognizance.evaluation import rates, trials
from recognizance.evaluation.account import describe_cost, describe_data, describe_pack, describe_rate
from recognizance.evaluation.curve import ANCHORS, FORMAT, SimilarityCurve, log10_fmr_at
from recognizance.evaluation.dataset import DatasetError, half_of, load
from recognizance.evaluation.embeddings import Embedded, Embedder, Progress
from recognizance.evaluation.evidence import CLLR_CAL_GOAL, Evidence, EvidenceError, cost, fit_bounded
from recognizance.evaluation.fit import PAIRS_NEEDED, Fit, fit_worst
from recognizance.evaluation.groups import EVERYBODY, Grouping
from recognizance.evaluation.intervals import Rate, false_match_rate, rate_over_people
from recognizance.evaluation.tail import EVENTS_NEEDED, TAIL_SHARE
from recognizance.evaluation.trials import IntArray, Labels, NonMated, Pairs
from recognizance.values import FloatArray

GROUP_LEVELS = (25.0, 37.5, 50.0, 80.0)
"""The similarities at which each group's false match rate is tabulated: nominally 1e-2, 1e-3, 1e-4 and 1e-6."""

CHECKED_LEVELS = (50.0, 80.0)
"""Those at which a curve fails if the rate of people who were not used to fit is not what it says."""

HALVES = ("calibration", "test")

_EXPECTED = 3
"""Nominal false matches that a group must expect before its rate can refute a number (rule of 3)."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Embedded pictures with labels, groups, all mated pairs, and each group's non-mated pairs counted."""

    vectors: FloatArray
    labels: Labels
    groups: Mapping[str, IntArray]
    counted: Mapping[str, NonMated]

    @classmethod
    def of(cls, vectors: FloatArray, labels: Labels, groups: Mapping[str, IntArray]) -> _Evidence:
        counted = {name: trials.non_mated(vectors[index], labels.take(index)) for name, index in groups.items()}
        # A group may consist of people who are never compared, one in each batch.
        compared = {name: index for name, index in groups.items() if counted[name].total}
        return cls(vectors, labels, compared, counted)

    def fit(self, names: Sequence[str]) -> Fit:
        return fit_worst(self.vectors, self.labels, {name: self.groups[name] for name in names}, self.counted)

    def group_fmr(self, name: str, score: float) -> Rate:
        index = self.groups[name]
        labels = self.labels.take(index)
        matches = trials.non_mated_above(self.vectors[index], labels, score)
        return false_match_rate(self.counted[name], labels, matches)


def calibrate(
    folders: Sequence[Path],
    embedder: Embedder,
    *,
    today: date,
    grouping: Grouping,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit the similarity curve of `embedder`'s pack on the data sets in `folders`, and return its document.

    Raises DatasetError if the sets cannot be used, or hold too few people for a curve.
    """
    dataset = load(folders)
    embedded = embedder.embed(dataset, progress)
    groups = grouping.find(embedded.photographs)
    labels = Labels.of(embedded.photographs)
    evidence = _Evidence.of(embedded.vectors, labels, groups)
    if (total := evidence.counted[EVERYBODY].total) < PAIRS_NEEDED:
        raise DatasetError(
            f"{total} non-mated pairs are too few for a curve: a false match rate of 1e-4 takes {PAIRS_NEEDED} to "
            f"measure, as one picture each of {int((2 * PAIRS_NEEDED) ** 0.5 + 0.5) + 1} people makes"
        )
    anchoring = [name for name in evidence.groups if evidence.counted[name].total >= PAIRS_NEEDED]
    fit = evidence.fit(anchoring)
    curve = SimilarityCurve(fit.table, space=embedder.pack.space)
    mates = trials.mated(evidence.vectors, labels)
    held_out = [_check_held_out(embedded, evidence, anchoring, half) for half in HALVES]
    return {
        "format": FORMAT,
        "pack": describe_pack(embedder.pack),
        "date": today.isoformat(),
        "data": describe_data(dataset, embedded, mates, evidence.counted[EVERYBODY]),
        "rule": {
            "pairs_needed": PAIRS_NEEDED,
            "events_needed": EVENTS_NEEDED,
            "tail_share": TAIL_SHARE,
            "anchoring_groups": anchoring,
        },
        "anchors": [_describe_anchor(similarity, fit, curve, mates, labels) for similarity, _ in ANCHORS[1:]],
        "groups": [_describe_group(name, evidence, curve) for name in evidence.groups],
        "tails": {group.name: _describe_tail(group.name, fit) for group in fit.groups},
        "held_out": held_out,
        "failures": [failure for check in held_out for failure in _failures(check)],
        "table": {
            "scores": list(fit.table.scores),
            "log10_fmr": list(fit.table.log10_fmr),
            "hit_rate": np.round(1 - rates.fnmr(mates.scores, fit.table.scores), 4).tolist(),
            "extrapolated_from": fit.table.extrapolated_from,
        },
    }


def _describe_anchor(
    similarity: float, fit: Fit, curve: SimilarityCurve, mates: Pairs, labels: Labels
) -> dict[str, Any]:
    score = curve.score(similarity)
    hits = rate_over_people(mates.scores >= score, labels.person[mates.first])
    return {
        "similarity": similarity,
        "fmr": 10 ** round(log10_fmr_at(similarity)),
        "score": round(score, 6),
        "basis": "extrapolated" if curve.is_extrapolated(score) else "measured",
        "worst_group": fit.worst_at(score).name,
        "hit_rate": describe_rate(hits),
    }


def _describe_group(name: str, evidence: _Evidence, curve: SimilarityCurve) -> dict[str, Any]:
    index = evidence.groups[name]
    return {
        "name": name,
        "images": len(index),
        "people": len(set(evidence.labels.person[index].tolist())),
        "non_mated_pairs": evidence.counted[name].total,
        "levels": [_judge(name, level, evidence, curve) for level in GROUP_LEVELS],
    }


def _judge(name: str, similarity: float, evidence: _Evidence, curve: SimilarityCurve) -> dict[str, Any]:
    """A group's false match rate at a similarity beside the nominal one.

    `not enough data`: the nominal rate lies in the interval, and would at zero false matches (rule of 3). Else
    `as stated`, `lower` or `higher` tell where the interval lies.
    """
    nominal = float(f"{10 ** log10_fmr_at(similarity):.4g}")
    rate = evidence.group_fmr(name, curve.score(similarity))
    if rate.low > nominal:
        verdict = "higher"
    elif rate.high < nominal:
        verdict = "lower"
    elif rate.trials * nominal < _EXPECTED:
        verdict = "not enough data"
    else:
        verdict = "as stated"
    return {"similarity": similarity, "nominal_fmr": nominal, "verdict": verdict, "fmr": describe_rate(rate)}


def _describe_tail(name: str, fit: Fit) -> dict[str, Any]:
    group = next(group for group in fit.groups if group.name == name)
    return {
        "start": round(group.tail.start, 6),
        "share": round(group.tail.share, 8),
        "shape": round(group.tail.shape, 6),
        "scale": round(group.tail.scale, 6),
        "measured_to": round(group.measured_to, 6),
    }


def _check_held_out(embedded: Embedded, evidence: _Evidence, anchoring: Sequence[str], half: str) -> dict[str, Any]:
    """Fit on one half of the people, and see what its similarities mean for the groups of the other half.

    The groups that set the whole curve set this one too, as far as counting reaches into their tail here.
    """
    halves = np.array([half_of(photo.person) for photo in embedded.photographs])
    fitted, unseen = (_part(embedded, evidence, np.flatnonzero(side)) for side in (halves == half, halves != half))
    enough = EVENTS_NEEDED / TAIL_SHARE
    names = [name for name in anchoring if name in fitted.groups and fitted.counted[name].total >= enough]
    curve = SimilarityCurve(fitted.fit(names).table, space="")
    return {
        "fitted_on": half,
        "people": len(set(unseen.labels.person.tolist())),
        "score_at_50": round(curve.score(50.0), 6),
        "likelihood_ratios": _judge_ratios(fitted, unseen),
        "groups": [
            {"name": name, "levels": [_judge(name, level, unseen, curve) for level in GROUP_LEVELS]}
            for name in unseen.groups
            if name in names or unseen.counted[name].total * 10 ** log10_fmr_at(CHECKED_LEVELS[0]) >= _EXPECTED
        ],
    }


def _judge_ratios(fitted: _Evidence, unseen: _Evidence) -> dict[str, Any]:
    """The cost of the likelihood ratios of one half's scores for the other half, or why there is none."""
    sides = []
    try:
        for side in (fitted, unseen):
            mates = trials.mated(side.vectors, side.labels)
            sides.append(Evidence.of_histogram(mates.scores, side.counted[EVERYBODY].counts))
        return describe_cost(cost(sides[1], fit_bounded(sides[0])))
    except EvidenceError as error:
        return {"not_enough_data": str(error)}


def _failures(check: Mapping[str, Any]) -> list[str]:
    """What the check of one half found wrong with the curve, a line each.

    A curve falls by construction and is that of the worst group, so others may lie below their number, but not all.
    """
    failures = []
    for similarity in CHECKED_LEVELS:
        levels = {group["name"]: group["levels"][GROUP_LEVELS.index(similarity)] for group in check["groups"]}
        enough = [name for name, level in levels.items() if level["fmr"]["trials"] * level["nominal_fmr"] >= _EXPECTED]
        where = f"fitted on the half {check['fitted_on']!r}, at similarity {similarity:g}"
        failures += [
            f"{where}: the false match rate of {name} is {levels[name]['fmr']['value']:.1e}, above its number"
            for name in enough
            if levels[name]["verdict"] == "higher"
        ]
        if enough and all(levels[name]["verdict"] == "lower" for name in enough):
            failures.append(f"{where}: the false match rate of every group is below its number")
    cllr_cal = check["likelihood_ratios"].get("cllr_cal", 0.0)
    if cllr_cal > CLLR_CAL_GOAL:
        failures.append(f"fitted on the half {check['fitted_on']!r}: Cllr_cal is {cllr_cal:.3f}, above {CLLR_CAL_GOAL}")
    return failures


def _part(embedded: Embedded, evidence: _Evidence, index: IntArray) -> _Evidence:
    """The evidence of some of the pictures."""
    position = np.full(len(embedded.photographs), -1)
    position[index] = np.arange(len(index))
    groups = {name: position[members] for name, members in evidence.groups.items()}
    kept = {name: members[members >= 0] for name, members in groups.items()}
    return _Evidence.of(
        evidence.vectors[index],
        evidence.labels.take(index),
        {name: members for name, members in kept.items() if len(members) > 1},
    )
