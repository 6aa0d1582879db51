"""What normalising embeddings gains and costs on people who were not used to fit it.

    python benchmarks/normalisation.py PHOTOGRAPHS DATA [SPLITS]

PHOTOGRAPHS is the folder of test photographs, DATA a data folder, where weights and vectors are kept. People are split
in halves by a hash, in twenty ways unless SPLITS says otherwise: all that is fitted is fitted on one half, all that is
counted is counted on the other. The crops (`utk_eval`) are measured and never fitted on.
"""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from recognizance.cli.measure import build_embedder
from recognizance.cli.progress import counting
from recognizance.evaluation import rates, trials
from recognizance.evaluation.curve import SimilarityCurve
from recognizance.evaluation.dataset import Photograph, load
from recognizance.evaluation.fit import fit_group, fit_worst
from recognizance.evaluation.groups import EVERYBODY
from recognizance.evaluation.normaliser import draw_younger, one_each
from recognizance.evaluation.normaliser_fit import fit
from recognizance.evaluation.tail import EVENTS_NEEDED, fit_tail
from recognizance.evaluation.trials import IntArray, Labels, NonMated
from recognizance.models.normaliser import Normaliser
from recognizance.settings import load_settings
from recognizance.values import FloatArray

ORIGINS = {"congress": "US", "congress_former": "US", "uk_parliament": "UK"}
DRAWN = ("london", "congress", "congress_former")
CROPS = "utk_eval"
COUNTRIES = ("US", "UK", "TH", "KR", "LK", "NG")  # with pairs enough in half of the people to count 1e-3
NEAR_COPY = 0.8  # cosine of two crops of adults that show one celebrity under two names
SMALL_SHAPE = -0.1  # of a small group's tail, which its few hundred pairs cannot tell

Figures = dict[str, float]
Ratio = tuple[str, str, str]
RATIOS: tuple[Ratio, ...] = (
    ("countries, Max/Min at 1e-3", "country ", "min"),
    ("adults' crops, Max/Min at 1e-3", "crops of ", "min"),
    ("adults' crops, Max/GeoMean at 1e-3", "crops of ", "mean"),
)
"""Column, which figures it compares, and with what the largest of them: the least, or the geometric mean."""

Variants = Mapping[str, Normaliser]


@dataclass(frozen=True, slots=True)
class Material:
    """Vectors of the network, float32 (n, d), with their pictures, and portraits before and after drawing by person."""

    photographs: Sequence[Photograph]
    vectors: FloatArray
    drawn: Mapping[str, tuple[FloatArray, FloatArray]]

    def where(self, keep: Sequence[bool]) -> tuple[list[Photograph], FloatArray]:
        """Some of the pictures, and their vectors."""
        index = np.flatnonzero(keep)
        return [self.photographs[i] for i in index.tolist()], self.vectors[index]


def main() -> int:
    """Embed, repeat the protocol for each split, print a table."""
    if len(sys.argv) not in {3, 4}:
        print(__doc__)
        return 2
    material = embed(Path(sys.argv[1]), Path(sys.argv[2]))
    found: dict[str, list[Figures]] = defaultdict(list)
    for split in range(int(sys.argv[3]) if sys.argv[3:] else 20):
        for name, normaliser in fit_halves(material, split).items():
            found[name].append(measure(material, split, normaliser))
        print(f"split {split} done", file=sys.stderr)
    rows = {name: summarise(figures) for name, figures in found.items()}
    columns = list(rows["plain cosine"])
    print(f"| on people not used to fit | {' | '.join(rows)} |\n|{' --- |' * (len(rows) + 1)}")
    for column in columns:
        print(f"| {column} | {' | '.join(row[column] for row in rows.values())} |")
    return 0


def summarise(splits: Sequence[Figures]) -> dict[str, str]:
    """Each figure's mean over splits and its range; a ratio is that of mean rates, as few events make rates wide."""
    mean = {name: float(np.mean([figures[name] for figures in splits])) for name in splits[0]}
    row = {}
    for column, prefix, base in RATIOS:
        value, *each = (compare(figures, prefix, base) for figures in (mean, *splits))
        row[column] = f"{value:.1f} ({min(each):.1f} to {max(each):.1f})"
    plain = [name for name in mean if not name.startswith(tuple(prefix for _, prefix, _ in RATIOS))]
    for name in plain:
        each = [figures[name] for figures in splits]
        row[name] = f"{mean[name]:.2f} ({min(each):.2f} to {max(each):.2f})"
    return row


def compare(figures: Figures, prefix: str, base: str) -> float:
    values = [value for name, value in figures.items() if name.startswith(prefix)]
    return max(values) / (min(values) if base == "min" else float(np.exp(np.mean(np.log(values)))))


def embed(photographs: Path, data: Path) -> Material:
    """All pictures as the default pack's network sees them, and the drawings."""
    embedder = build_embedder(load_settings({"data": data, "pack": "default"}), normalised=False)
    crowd = sorted((photographs / "global").iterdir())
    folders = [photographs / name for name in dict.fromkeys((*DRAWN, *ORIGINS, CROPS))]
    with counting("embed") as progress:
        everything = embedder.embed(load([*folders, *crowd]), progress)
        portraits = one_each(load([photographs / name for name in DRAWN]), embedder, progress)
        drawn = {photo.person: pair for photo, pair in draw_younger(portraits, embedder.vision, progress)}
    return Material(everything.photographs, everything.vectors, drawn)


def is_fitted(person: str, split: int) -> bool:
    return bool(hashlib.sha256(f"{split}:{person}".encode()).digest()[0] & 1)


def is_crowd(photo: Photograph) -> bool:
    return bool(photo.columns.get("country"))


def fit_halves(material: Material, split: int) -> Variants:
    """What is compared, fitted on one half of the people."""
    of_crowd, vectors = material.where([is_crowd(p) and is_fitted(p.person, split) for p in material.photographs])
    firsts = dict(zip([p.person for p in reversed(of_crowd)], vectors[::-1], strict=True))
    pairs = [pair for person, pair in material.drawn.items() if is_fitted(person, split)]
    before, after = (np.stack(side) for side in zip(*pairs, strict=True))
    whole = fit(np.stack(list(firsts.values())), before, after)
    return {
        "plain cosine": Normaliser.identity(vectors.shape[1]),
        "equalised": replace(whole, slope=0.0),
        "equalised and shortened (ships)": whole,
    }


def measure(material: Material, split: int, normaliser: Normaliser) -> Figures:
    """All figures of one split, on the other half."""
    keep = [p.set_name != CROPS and not is_fitted(p.person, split) for p in material.photographs]
    photos, plain = material.where(keep)
    vectors, labels = normaliser.apply(plain), Labels.of(photos)
    origin = np.array([p.columns.get("country") or ORIGINS.get(p.set_name, "") for p in photos])
    groups = {EVERYBODY: np.arange(len(photos))} | {name: np.flatnonzero(origin == name) for name in COUNTRIES}
    counted = {name: trials.non_mated(vectors[index], labels.take(index)) for name, index in groups.items()}
    mates = trials.mated(vectors, labels).scores
    at_3, at_4 = (rates.threshold_at(counted[EVERYBODY].counts, rate) for rate in (1e-3, 1e-4))
    at_6 = extrapolated(vectors, labels, counted[EVERYBODY], -6)
    anchoring = {name: groups[name] for name in (EVERYBODY, "US", "UK")}
    at_50, at_80 = (
        SimilarityCurve(fit_worst(vectors, labels, anchoring, counted).table, space="").score(similarity)
        for similarity in (50.0, 80.0)
    )
    countries = {f"country {name}": float(rates.fmr(counted[name].counts, at_3)) for name in COUNTRIES}
    crops = {name: pairs_of(material, name, normaliser) for name in (*adult_groups(material), "0-4", "5-12")}
    adults = {f"crops of {name}": small_fmr(crops[name], at_3) for name in adult_groups(material)}
    return {
        **countries,
        **adults,
        "FNMR at FMR 1e-4, %": 100 * float(rates.fnmr(mates, at_4)),
        "FNMR at FMR 1e-6, %": 100 * float(rates.fnmr(mates, at_6)),
        "FNMR at similarity 50, %": 100 * float(rates.fnmr(mates, at_50)),
        "FNMR at similarity 80, %": 100 * float(rates.fnmr(mates, at_80)),
        "adults' crops, geometric mean of the FMR at 1e-3, %": 100
        * float(np.exp(np.mean(np.log(list(adults.values()))))),
        "different children of 0-4 matching at 50, %": 100 * float(np.mean(crops["0-4"] >= at_50)),
        "different children of 5-12 matching at 50, %": 100 * float(np.mean(crops["5-12"] >= at_50)),
        "AUC of membership": membership(material, split, normaliser),
    }


def extrapolated(vectors: FloatArray, labels: Labels, counted: NonMated, log10_fmr: float) -> float:
    """The score at which everybody's rate, its tail continued, is so low."""
    grid = rates.grid_scores()
    fitted = fit_group(EVERYBODY, vectors, labels, counted, shape=None).log10_fmr(grid)
    return float(grid[np.argmax(fitted <= log10_fmr)])


def adult_groups(material: Material) -> list[str]:
    return sorted({name for p in material.photographs if "other" not in (name := crop_group(p)) and " " in name})


def crop_group(photo: Photograph) -> str:
    """Ethnicity and gender of an adult's crop, the age band of a child's, empty for teens and other pictures."""
    age = photo.columns.get("age", "")
    if photo.set_name != CROPS or not age.isdigit():
        return ""
    bands = {5: "0-4", 13: "5-12", 18: ""}
    return next(
        (name for end, name in bands.items() if int(age) < end),
        f"{photo.columns['ethnicity']} {photo.columns['gender']}",
    )


def pairs_of(material: Material, group: str, normaliser: Normaliser) -> NDArray[np.float32]:
    """The scores of all pairs of crops in a group, without copies of one picture."""
    _, plain = material.where([crop_group(p) == group for p in material.photographs])
    vectors = normaliser.apply(plain)
    upper: tuple[IntArray, IntArray] = np.triu_indices(len(plain), 1)
    is_copy = (plain @ plain.T)[upper] >= (0.9 if "-" in group else NEAR_COPY)
    scores: NDArray[np.float32] = (vectors @ vectors.T)[upper][~is_copy]
    return scores


def small_fmr(scores: NDArray[np.float32], threshold: float) -> float:
    """The rate of a small group: counted where there are enough events, else the tail of its highest tenth."""
    if int((scores >= threshold).sum()) >= EVENTS_NEEDED:
        return float(np.mean(scores >= threshold))
    start = float(np.quantile(scores, 0.9))
    tail = fit_tail(scores[scores >= start], start, len(scores), shape=SMALL_SHAPE)
    return float(tail.fmr(max(start, threshold)))


def membership(material: Material, split: int, normaliser: Normaliser) -> float:
    """How well the shrunk directions tell people of the crowd that they were fitted on from the others of it.

    0.5 is not at all. What is tried is how much of a face lies in them.
    """
    _, inside = material.where([is_crowd(p) and is_fitted(p.person, split) for p in material.photographs])
    _, outside = material.where([is_crowd(p) and not is_fitted(p.person, split) for p in material.photographs])
    shares = [(side @ normaliser.shared.T) ** 2 @ (1 - normaliser.shrink) for side in (inside, outside)]
    ranks = rankdata(np.concatenate(shares))[: len(inside)]
    area = float((ranks.sum() - len(inside) * (len(inside) + 1) / 2) / len(inside) / len(outside))
    return max(area, 1 - area)


if __name__ == "__main__":
    sys.exit(main())
