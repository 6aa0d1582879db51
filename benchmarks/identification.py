"""What a search scored as the server does it gains over plain cosine, on people not used to fit anything of it.

    python benchmarks/identification.py PHOTOGRAPHS DATA [SPLITS]

PHOTOGRAPHS is the folder of test photographs, DATA a data folder, where weights and vectors are kept. People are split
in halves by a hash, in ten ways unless SPLITS says otherwise: normaliser and curve are fitted on one half, the other
half is enrolled and searched. Crops (`utk_eval`) are measured and never fitted on. Whoever has a second photograph is
enrolled and searched with it; of the others a hash enrols half, and the rest are the strangers.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from normalisation import CROPS, NEAR_COPY, ORIGINS, Figures, Material, crop_group, embed, fit_halves, is_fitted
from recognizance.audit.open_set import CANDIDATES, CosineSearch, Searches
from recognizance.evaluation import trials
from recognizance.evaluation.cohort import Cohort
from recognizance.evaluation.curve import Table
from recognizance.evaluation.dataset import Photograph
from recognizance.evaluation.fit import fit_worst
from recognizance.evaluation.groups import EVERYBODY
from recognizance.evaluation.trials import BoolArray, IntArray, Labels
from recognizance.models.normaliser import Normaliser
from recognizance.values import FloatArray

CHILDREN = "0-4"
SMALLER = (300, 60)
"""Sizes of the smaller galleries: half of the people with a second photograph, half of the others."""

PROBES_NEEDED = 60
"""Strangers that a group needs, over all splits, to be compared with others."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Who is enrolled and who searches: positions of pictures, int64, and each picture's person and group."""

    gallery: IntArray
    probes: IntArray
    person: IntArray
    group: Sequence[str]

    def shrunk(self, size: int, split: int) -> Plan:
        """A smaller gallery, with all strangers and those mated probes whose person is still enrolled."""
        order = np.random.default_rng(split).permutation(self.gallery)
        mated = np.isin(self.person[order], self.person[self.probes])
        kept = np.concatenate([order[mated][: size // 2], order[~mated][: size - size // 2]])
        gone = np.isin(self.person[self.probes], np.setdiff1d(self.person[self.gallery], self.person[kept]))
        return replace(self, gallery=np.sort(kept), probes=self.probes[~gone])


def main() -> int:
    """Embed, search in every split, print a table for each size of gallery."""
    if len(sys.argv) not in {3, 4}:
        print(__doc__)
        return 2
    material = embed(Path(sys.argv[1]), Path(sys.argv[2]))
    found: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    for split in range(int(sys.argv[3]) if sys.argv[3:] else 10):
        for where, scoring, figures in measure(material, split):
            found[where, scoring].append(figures)
        print(f"split {split} done", file=sys.stderr)
    for where in dict.fromkeys(where for where, _ in found):
        rows = {scoring: summarise(figures) for (place, scoring), figures in found.items() if place == where}
        print(f"\n| {where} | {' | '.join(rows)} |\n|{' --- |' * (len(rows) + 1)}")
        for figure in next(iter(rows.values())):
            print(f"| {figure} | {' | '.join(row[figure] for row in rows.values())} |")
    return 0


def measure(material: Material, split: int) -> Iterator[tuple[str, str, Figures]]:
    """Gallery, scoring and figures of one split."""
    fits = fit_halves(material, split)
    unseen = [p.set_name == CROPS or not is_fitted(p.person, split) for p in material.photographs]
    photos, plain = material.where(unseen)
    whole = plan(photos, plain)
    scorings: dict[str, tuple[Normaliser, bool]] = {
        "plain cosine": (fits["plain cosine"], False),
        "normalised": (fits["equalised and shortened (ships)"], False),
        "normalised, gallery as cohort (ships)": (fits["equalised and shortened (ships)"], True),
    }
    tables = {name: fit_table(material, split, normaliser) for name, (normaliser, _) in scorings.items()}
    plans = {"all enrolled": whole} | {f"{size} enrolled": whole.shrunk(size, split) for size in SMALLER}
    for where, planned in plans.items():
        for name, (normaliser, is_rescaled) in scorings.items():
            cohort = Cohort(tables[name]) if is_rescaled else None
            searches = search(planned, normaliser.apply(plain), cohort)
            groups = [planned.group[i] for i in planned.probes.tolist()]
            yield where, name, count(searches, np.array(groups), tables[name])


def fit_table(material: Material, split: int, normaliser: Normaliser) -> Table:
    """The curve's false match rates, from the half of the people that is fitted on."""
    photos, plain = material.where([p.set_name != CROPS and is_fitted(p.person, split) for p in material.photographs])
    vectors, labels = normaliser.apply(plain), Labels.of(photos)
    origin = np.array([ORIGINS.get(p.set_name, "") for p in photos])
    groups = {EVERYBODY: np.arange(len(photos))} | {name: np.flatnonzero(origin == name) for name in ("US", "UK")}
    counted = {name: trials.non_mated(vectors[index], labels.take(index)) for name, index in groups.items()}
    return fit_worst(vectors, labels, groups, counted).table


def plan(photos: Sequence[Photograph], plain: FloatArray) -> Plan:
    """Enrol first pictures, search with others: those of one photograph or of a second batch have no part."""
    person = np.unique([p.person for p in photos], return_inverse=True)[1].astype(np.int64)
    sizes = Counter((p.set_name, p.batch) for p in photos)
    batches = {name: batch for (name, batch), _ in reversed(sizes.most_common())}
    first: dict[int, int] = {}
    mated: list[int] = []
    for i, photo in enumerate(photos):
        if photo.batch != batches[photo.set_name]:
            continue
        other = first.setdefault(int(person[i]), i)
        if photo.capture != photos[other].capture and not trials.are_repeats(plain[[i]], plain[[other]])[0]:
            mated.append(i)
    again = set(person[mated].tolist())
    gallery = np.array([i for code, i in first.items() if code in again or _is_enrolled(photos[i].person)])
    strangers = np.setdiff1d(list(first.values()), gallery)
    is_crop = np.array([p.set_name == CROPS for p in photos])
    near = (plain[strangers] @ plain[gallery].T >= NEAR_COPY) & is_crop[gallery]
    strangers = strangers[~(is_crop[strangers] & near.any(axis=1))]  # Some people are on two crops under two names.
    return Plan(gallery, np.concatenate([np.array(mated, np.int64), strangers]), person, [group_of(p) for p in photos])


def _is_enrolled(person: str) -> bool:
    return bool(hashlib.sha256(f"enrolled:{person}".encode()).digest()[0] & 1)


def group_of(photo: Photograph) -> str:
    """Country of a portrait, ethnicity and gender or age band of a crop; empty for teens."""
    return crop_group(photo) or photo.columns.get("country") or ORIGINS.get(photo.set_name, "")


def search(planned: Plan, vectors: FloatArray, cohort: Cohort | None) -> Searches:
    gallery, probes = planned.gallery, planned.probes
    engine = CosineSearch(
        vectors[gallery], planned.person[gallery], vectors[probes], planned.person[probes], cohort=cohort
    )
    return engine(np.arange(len(gallery)))


def count(searches: Searches, group: NDArray[np.str_], table: Table) -> Figures:
    """Figures of one gallery; counts of a group's strangers are summed over splits later."""
    best, stranger_group = searches.scores[~searches.mated, 0], group[~searches.mated]
    small = best[stranger_group == CHILDREN]
    adult = np.array([not name[:1].isdigit() for name in stranger_group])
    at = {percent: float(np.quantile(best, 1 - percent / 100)) for percent in (10, 1)}
    among_adults = float(np.quantile(best[adult], 0.99))
    target = table.score_at(np.log10(-np.expm1(np.log(0.99) / searches.enrolled)))
    figures = {
        "people enrolled": float(searches.enrolled),
        "FNIR at FPIR 10 %, %": missed(searches, at[10]),
        "FNIR at FPIR 1 %, %": missed(searches, at[1]),
        "FNIR where 1 % of adults' searches return a stranger, %": missed(searches, among_adults),
        "children of 0-4 whose search returns a stranger at FPIR 10 %, %": share(small >= at[10]),
        "the same at FPIR 1 %, %": share(small >= at[1]),
        "adults whose search returns a stranger at t* for 1 %, %": share(best[adult] >= target),
        "children of 0-4, the same, %": share(small >= target),
        "FNIR at t* for 1 %, %": missed(searches, target),
    }
    for name in sorted(set(stranger_group.tolist()) - {""}):
        reached = best[stranger_group == name] >= at[10]
        figures |= {f"events {name}": float(reached.sum()), f"trials {name}": float(len(reached))}
    return figures


def missed(searches: Searches, threshold: float) -> float:
    """Percentage of mated searches without their person at a threshold."""
    lists = np.where(searches.is_mate, searches.scores, -np.inf)[searches.mated, :CANDIDATES]
    return share(lists.max(axis=1) < threshold)


def share(events: BoolArray) -> float:
    return 100 * float(events.mean())


def summarise(splits: Sequence[Figures]) -> dict[str, str]:
    """Each figure's mean over splits and its range, and how far groups are apart."""
    row = {}
    for name in [name for name in splits[0] if not name.startswith(("events ", "trials "))]:
        each = [figures[name] for figures in splits]
        digits = 0 if name == "people enrolled" else 1
        row[name] = f"{np.mean(each):.{digits}f} ({min(each):.{digits}f} to {max(each):.{digits}f})"
    rates = group_rates(splits)
    adults = [rate for name, rate in rates.items() if not name[0].isdigit()]
    row["FPIR Max/GeoMean over groups at FPIR 10 %"] = f"{apart(list(rates.values())):.1f}"
    row["the same over groups of adults"] = f"{apart(adults):.1f}"
    return row


def group_rates(splits: Sequence[Figures]) -> Mapping[str, float]:
    """Share of each group's strangers with a candidate, over all splits; no event counts as half of one."""
    total: defaultdict[str, float] = defaultdict(float)
    for figures in splits:
        for name in figures:
            total[name] += figures[name]
    names = [name.removeprefix("trials ") for name in sorted(total) if name.startswith("trials ")]
    return {
        name: max(total[f"events {name}"], 0.5) / total[f"trials {name}"]
        for name in names
        if total[f"trials {name}"] >= PROBES_NEEDED
    }


def apart(rates: Sequence[float]) -> float:
    """The largest over the geometric mean."""
    return float(max(rates) / np.exp(np.mean(np.log(rates))))


if __name__ == "__main__":
    sys.exit(main())
