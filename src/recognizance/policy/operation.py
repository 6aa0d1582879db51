"""Operations: a name in, what kind of use it is out. What the table does not know is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Use(StrEnum):
    """What an operation does with faces, as far as rules tell operations apart."""

    LOOK = "look"
    """Finds faces in a picture and describes them."""
    COMPARE = "compare"
    """Compares one face with one (1:1)."""
    SEARCH = "search"
    """Searches a collection (1:N)."""
    RESULTS = "results"
    """Returns what an earlier search found."""
    STREAM = "stream"
    """Searches live video."""
    ENROL = "enrol"
    """Stores faces."""
    KEEP = "keep"
    """Makes users and ties faces to them."""
    TRAITS = "traits"
    """Infers age, gender, emotion or the like."""
    EXPORT = "export"
    """Gives templates away."""
    LIST = "list"
    """Tells names and counts."""
    DELETE = "delete"
    """Removes."""
    MANAGE = "manage"
    """Founds and tags collections."""


SEARCHES = frozenset({Use.SEARCH, Use.STREAM})
"""Uses that search a collection."""

BIOMETRIC = frozenset(set(Use) - {Use.LIST, Use.DELETE, Use.MANAGE})
"""Uses that make, compare or return what is measured of faces. Looking at lists, and deleting, stays possible."""

_NAMES: Mapping[Use, str] = {
    Use.LOOK: "DetectFaces StartFaceDetection GetFaceDetection StartPersonTracking GetPersonTracking",
    Use.COMPARE: "CompareFaces",
    Use.SEARCH: "SearchFaces SearchFacesByImage SearchUsers SearchUsersByImage StartFaceSearch SearchSubject",
    Use.RESULTS: "GetFaceSearch",
    Use.STREAM: "CreateStreamProcessor StartStreamProcessor UpdateStreamProcessor",
    Use.ENROL: "IndexFaces",
    Use.KEEP: "CreateUser AssociateFaces",
    Use.TRAITS: "InferTraits",
    Use.EXPORT: "ExportTemplates",
    Use.LIST: (
        "DescribeCollection ListCollections ListFaces ListUsers ListTagsForResource DescribeStreamProcessor "
        "ListStreamProcessors"
    ),
    Use.DELETE: (
        "DeleteCollection DeleteFaces DeleteUser DisassociateFaces DeleteStreamProcessor StopStreamProcessor "
        "EraseSubject"
    ),
    Use.MANAGE: "CreateCollection TagResource UntagResource",
}

OPERATIONS: Mapping[str, Use] = MappingProxyType({name: use for use, names in _NAMES.items() for name in names.split()})
"""Every operation that the rules know. InferTraits, ExportTemplates and the two about a subject are ours, not AWS's."""
