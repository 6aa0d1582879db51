"""An operator's own embedder: a TOML card beside the data, in; a pack with that embedder, out.

The network is ArcFace-style: one face of 112x112 pixels, aligned on five points, in; one vector, out. Licence and
provenance are what the operator states; the file itself is put into the models folder by the operator. See
`docs/models.md` for an example.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recognizance.errors import SettingsError
from recognizance.models.card import Conversion, InputContract, ModelCard, NormaliserFile, Pack, Role, Space

_Text = Annotated[str, Field(min_length=1)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Input(_Table):
    colour: Literal["RGB", "BGR"]
    mean: Annotated[list[float], Field(min_length=3, max_length=3)]
    scale: Annotated[float, Field(gt=0)]


class _Space(_Table):
    id: _Text
    dim: Annotated[int, Field(ge=2, le=4096)]


class _Normaliser(_Table):
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*\.json$")]
    sha256: _Sha256


class _Card(_Table):
    """The fields of the file; all of the network's are required, so that nothing is assumed about it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*\.onnx$")]
    sha256: _Sha256
    licence: _Text
    provenance: _Text
    model_version: _Text
    mirror: bool
    input: _Input
    space: _Space
    normaliser: _Normaliser | None = None


def read_own_pack(path: Path, *, others: Pack) -> Pack:
    """The pack of a card file: its embedder, with the networks of `others` for the other roles.

    Raises SettingsError with the path, the field and what is wrong.
    """
    try:
        table = _Card.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        return _build(table, others)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"{path} is not a model card: {problems}") from None
    except ValueError as error:  # not TOML, not UTF-8, or refused by the records
        raise SettingsError(f"{path} is not a model card: {error}") from None


def _build(table: _Card, others: Pack) -> Pack:
    mean_1, mean_2, mean_3 = table.input.mean
    embedder = ModelCard(
        name=table.name,
        role=Role.EMBEDDER,
        file=table.file,
        sha256=table.sha256,
        source=None,
        conversion=Conversion.NONE,
        licence=table.licence,
        provenance=table.provenance,
        # One face at a time: that fits files with a free batch size and files with a batch of one.
        input=InputContract((1, 3, 112, 112), table.input.colour, (mean_1, mean_2, mean_3), table.input.scale),
        space=Space(table.space.id, table.space.dim),
    )
    kept = tuple(card for card in others.cards if card.role is not Role.EMBEDDER)
    normaliser = NormaliserFile(table.normaliser.file, table.normaliser.sha256) if table.normaliser else None
    return Pack(table.name, (*kept, embedder), table.model_version, table.mirror, normaliser)
