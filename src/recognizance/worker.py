"""The composition root of a worker process: makes its objects from the settings, and works off jobs until stopped.

A worker has networks of its own, reads and writes the board, and asks the running server to search: so a video obeys
the rules of its collection exactly as a picture does, and no second process holds an index.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib import error, request

import cv2
import numpy as np
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from numpy.typing import NDArray

from recognizance.api.reception import PREFIX
from recognizance.app import open_board, open_objects, open_queue, open_store, utc_now, worker_key
from recognizance.errors import SearchFailedError
from recognizance.job import Job
from recognizance.jobs.herald import Herald, Tell, Topic, Webhook
from recognizance.jobs.worker import Worker
from recognizance.models.catalog import find_pack
from recognizance.models.fetch import pull
from recognizance.operations.footage import Footage
from recognizance.settings import Settings, available_cores
from recognizance.values import AccessKey
from recognizance.video.identify import Search
from recognizance.vision.people import open_people
from recognizance.vision.pipeline import build_vision

_PATIENCE_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Waits between tries while the server does not answer: it may be starting again."""

_TIMEOUT_S = 60


def work(settings: Settings, url: str) -> None:
    """Work off the jobs of a data folder until the process is told to stop; the server at `url` searches."""
    with ExitStack() as stack:
        store = open_store(settings, stack, exclusive=False)
        pack = find_pack(settings.pack, settings.data / "cards")
        pull(pack, settings.models_folder)
        vision = build_vision(pack, settings.models_folder, max_pixels=settings.max_megapixels * 1_000_000)
        queue = stack.enter_context(open_queue(store))
        board = open_board(settings, store.database, queue.announce)
        asker = Asker(url, worker_key(store.folder, utc_now()), settings.region)
        footage = Footage(vision, asker.search_for, partial(open_people, settings.models_folder), available_cores())
        name = f"{socket.gethostname()}/{os.getpid()}"
        worker = Worker(board, open_objects(settings).open_video, footage.analyse, utc_now, name)
        herald = Herald(board, _tells(settings))

        def attend() -> None:
            worker.work_off()
            herald.tell_all(now=utc_now())

        def tend() -> None:
            board.tidy(now=utc_now())

        queue.consume(attend, tend)


class Asker:
    """Asks the server to search for a job, by the native API."""

    def __init__(self, url: str, key: AccessKey, region: str) -> None:
        self._url = url
        self._signer = SigV4Auth(Credentials(key.id, key.secret), "rekognition", region)
        # A proxy for the internet is no business of a server on this machine, and would see the pictures.
        self._opener = request.build_opener(request.ProxyHandler({}))

    def search_for(self, job: Job) -> Search:
        """The search that a job is due. It raises SearchFailedError where it is refused or nobody answers."""
        path = f"{PREFIX}/jobs/{job.id}/searches"

        def search(pixels: NDArray[np.uint8]) -> Sequence[Mapping[str, Any]]:
            done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            assert done  # PNG encodes any picture
            body = json.dumps({"image": base64.b64encode(encoded.tobytes()).decode()}).encode()
            matches: Sequence[Mapping[str, Any]] = self._ask(path, body)["matches"]
            return matches

        return search

    def _ask(self, path: str, body: bytes) -> dict[str, Any]:
        for wait_s in (*_PATIENCE_S, None):
            try:
                return self._post(path, body)
            except error.HTTPError as refusal:
                problem = json.loads(refusal.read())
                if problem["message"].startswith("There are no faces"):  # the server looks for itself
                    return {"matches": []}
                raise SearchFailedError(f"the search was refused: {problem['message']}") from refusal
            except (error.URLError, OSError) as failure:
                if wait_s is None:
                    raise SearchFailedError(f"the server at {self._url} does not answer: {failure}") from failure
                time.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _post(self, path: str, body: bytes) -> dict[str, Any]:
        signed = AWSRequest("POST", self._url + path, {"content-type": "application/json"}, body)
        self._signer.add_auth(signed)
        asked = request.Request(self._url + path, body, dict(signed.headers.items()))  # noqa: S310 - our own server
        with self._opener.open(asked, timeout=_TIMEOUT_S) as answer:
            content: dict[str, Any] = json.load(answer)
        return content


def _tells(settings: Settings) -> list[Tell]:
    tells: list[Tell] = []
    if settings.sns_endpoint is not None:
        secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
        tells.append(Topic(settings.sns_endpoint, settings.s3_region, settings.s3_access_key, secret))
    if settings.webhook is not None:
        tells.append(Webhook(settings.webhook))
    return tells
