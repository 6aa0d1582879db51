"""How alike two embeddings are whatever their lengths."""

from __future__ import annotations

import numpy as np


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """The inner product of two vectors over that of their lengths."""
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
