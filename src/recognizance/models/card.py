"""What a network is, as data: the card of one network, and the pack of networks that a server runs.

A card pins a file by digest, says where it comes from and under which terms, how pixels are laid into its input, and
for an embedder which space the pack's embeddings live in. Nothing here reads a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from recognizance.models.graph import Shape

_SPACE_ID = re.compile(r"[a-z0-9][a-z0-9.-]*/[0-9]+")
_VERSION = re.compile(r"[0-9.]+")  # what the API allows in FaceModelVersion


class Role(StrEnum):
    """What a network is for."""

    DETECTOR = "detector"
    EMBEDDER = "embedder"
    MESH = "mesh"
    IRIS = "iris"
    PEOPLE = "people"


PACK_ROLES = tuple(role for role in Role if role is not Role.PEOPLE)
"""The roles of a pack. People are looked for in videos alone, by a network that is brought when it is first needed."""


class Conversion(StrEnum):
    """How the file as shipped becomes the file as run, see `convert`."""

    NONE = "none"
    DEQUANTIZE = "dequantize"
    DEQUANTIZE_PRELU = "dequantize+prelu"
    TFLITE = "tflite"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Source:
    """The file as shipped: in which wheel, under which path, with which digests (sha256, hexadecimal)."""

    wheel: str
    """File name of the wheel: distribution-version-python-abi-platform.whl."""
    wheel_sha256: str
    path: str
    sha256: str

    @property
    def requirement(self) -> str:
        """Distribution and version as pip spells them."""
        distribution, version, *_ = self.wheel.split("-")
        return f"{distribution}=={version}"


@dataclass(frozen=True, slots=True)
class InputContract:
    """How a picture is laid into the input: float32 of `shape` (N, 3, height, width), channels in the order `colour`.

    Each value is (pixel - mean) * scale, pixels being 0..255 and `mean` in the order of `colour`. A name in place of a
    size says that the size is free; a free height or width is a multiple of 32.
    """

    shape: Shape
    colour: Literal["RGB", "BGR"]
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Space:
    """The space of an embedder's vectors: its id, `name/revision`, and the length of a vector."""

    id: str
    dim: int

    def __post_init__(self) -> None:
        if not _SPACE_ID.fullmatch(self.id):
            raise ValueError(f"a space id looks like name/1 in lower case, got {self.id!r}")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One network: what it is for, its file as run and that file's sha256, its origin, its terms and its input."""

    name: str
    role: Role
    file: str
    sha256: str
    source: Source | None
    """None for a file that the operator puts into the models folder."""
    conversion: Conversion
    licence: str
    """SPDX expression, as the publisher labels the file."""
    provenance: str
    input: InputContract
    space: Space | None = None
    """Embedders only."""

    def __post_init__(self) -> None:
        if (self.role is Role.EMBEDDER) != (self.space is not None):
            raise ValueError(f"an embedder, and nothing else, has an embedding space: {self.name}")


class HasCards(Protocol):
    """What `pull` brings: a pack, or a network beside it."""

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The networks."""


@dataclass(frozen=True, slots=True)
class Extra:
    """A network that is in no pack."""

    card: ModelCard

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The one card."""
        return (self.card,)


@dataclass(frozen=True, slots=True)
class NormaliserFile:
    """The file of a pack's normaliser (see `normaliser`): its name, and its sha256 in hexadecimal."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pack:
    """The networks of a server, one for each role, and how embeddings are made with them."""

    name: str
    cards: tuple[ModelCard, ...]
    model_version: str
    """What the API reports as FaceModelVersion."""
    mirror: bool
    """Whether an embedding is the sum of the embeddings of the face and of its mirror image."""
    normaliser: NormaliserFile | None = None

    def __post_init__(self) -> None:
        if sorted(card.role for card in self.cards) != sorted(PACK_ROLES):
            raise ValueError(f"the pack {self.name} needs one card for each role")
        if not _VERSION.fullmatch(self.model_version):
            raise ValueError(f"a model version has digits and dots alone, got {self.model_version!r}")

    def card(self, role: Role) -> ModelCard:
        """The card of a role."""
        return next(card for card in self.cards if card.role is role)

    @property
    def space(self) -> str:
        """Id of the space of this pack's embeddings. With and without mirror image they are not comparable."""
        name, revision = self._space.id.split("/")
        return f"{name}-mirror/{revision}" if self.mirror else self._space.id

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return self._space.dim

    @property
    def digests(self) -> dict[str, str]:
        """Sha256 of every file that has a say in an embedding, by file name."""
        digests = {card.file: card.sha256 for card in self.cards}
        return digests | {self.normaliser.file: self.normaliser.sha256} if self.normaliser else digests

    @property
    def _space(self) -> Space:
        space = self.card(Role.EMBEDDER).space
        assert space is not None
        return space
