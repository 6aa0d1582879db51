"""Rows of a labels.csv."""

from __future__ import annotations


def people(count: int, *, pictures: int = 2, **columns: str) -> list[dict[str, str]]:
    """Rows for `count` people with so many pictures each."""
    return [
        {"path": f"{person}-{picture}.json", "identity": f"person{person}", **columns}
        for person in range(count)
        for picture in range(pictures)
    ]
