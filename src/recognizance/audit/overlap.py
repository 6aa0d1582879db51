"""Overlap: an audit's photographs and what a similarity curve was made from in, the sets that are in both out.

A curve looks better on the people whom it was made from than on others. Its document names its sets and their
fingerprints and no person, so pictures that were taken out of a set and put into another one are not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recognizance.evaluation.dataset import Dataset


def describe_overlap(dataset: Dataset, made_from: Mapping[str, Any]) -> dict[str, Any]:
    """The sets of an audit, `data` of whose curve document is `made_from`, that the curve was made from, too.

    A set counts as the same under the same name, or with the same pictures under another.
    """
    names, fingerprints = made_from["sets"], set(made_from.get("set_fingerprints", {}).values())
    return {
        "made_from": made_from["fingerprint"],
        "sets_in_both": [
            name for name, own in dataset.set_fingerprints.items() if name in names or own in fingerprints
        ],
    }
