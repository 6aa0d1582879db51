"""The command line as people type it: processes of their own, real weights, real faces, kills and signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import cv2
import numpy as np
import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@dataclass
class Shell:
    """Runs commands on one data folder, with the weights at hand and no package index within reach."""

    folder: Path
    environment: dict[str, str]

    @property
    def data(self):
        return self.folder / "data"

    def run(self, *arguments, **environment):
        """Run a command line of ours to its end."""
        return subprocess.run(
            [BIN / "recognizance", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *arguments):
        """What a command that goes well says as JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments):
        """Begin a command line of ours."""
        return subprocess.Popen(
            [BIN / "recognizance", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bash(self, script):
        """Run a script as a person would paste it."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


class Server:
    """`recognizance serve` on a free port, ready."""

    def __init__(self, shell, *arguments):
        self.process = shell.start("serve", "--port", 0, "--json", *arguments)
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.said = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGTERM)

    def stop(self, number):
        """End it by a signal; gives the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def connect(server, key=None):
    """A stock client with the folder's credentials, or with a key of its own."""
    environment = server.said["environment"]
    if key is None:
        path = environment["AWS_SHARED_CREDENTIALS_FILE"]
        lines = dict(line.split(" = ") for line in Path(path).read_text().splitlines()[1:])
        key = {"id": lines["aws_access_key_id"], "secret": lines["aws_secret_access_key"]}
    return boto3.client(
        "rekognition",
        endpoint_url=server.said["url"],
        region_name="us-east-1",
        aws_access_key_id=key["id"],
        aws_secret_access_key=key["secret"],
    )


def one_line(done):
    """The line with which a command failed."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("recognizance: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def make_shell(folder, weights_dir):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECOGNIZANCE_", "AWS_"))}
    return Shell(
        folder,
        kept
        | {
            "PATH": f"{BIN}:{kept['PATH']}",
            "RECOGNIZANCE_DATA": str(folder / "data"),
            "RECOGNIZANCE_MODELS_DIR": str(weights_dir),
            "PIP_NO_INDEX": "1",
            "OMP_NUM_THREADS": "1",
        },
    )


@pytest.fixture
def shell(tmp_path, weights_dir):
    """A shell with a data folder that is new."""
    return make_shell(tmp_path, weights_dir)


@pytest.fixture(scope="module")
def desk(tmp_path_factory, weights_dir, portrait):
    """A shell beside a running server, with a few pictures at hand."""
    shell = make_shell(tmp_path_factory.mktemp("desk"), weights_dir)
    for name in ("me.jpg", "a.jpg", "b.jpg", "photos/ada.jpg"):
        path = shell.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(portrait)
    with Server(shell) as server:
        yield shell, server


@pytest.fixture
def pictures(shell, portrait):
    """Forty different pictures of one person."""
    folder = shell.folder / "photos"
    folder.mkdir()
    image = cv2.imdecode(np.frombuffer(portrait, np.uint8), cv2.IMREAD_COLOR)
    for number in range(40):
        shade = cv2.convertScaleAbs(image, alpha=0.7 + number / 100)
        cv2.imwrite(str(folder / f"p{number:02}.jpg"), shade)
    return folder


def test_two_commands_make_a_stock_client_work(desk):
    shell, _ = desk
    script = "import boto3; print(boto3.client('rekognition').list_collections())"
    done = shell.bash(f'eval "$(recognizance env)"\npython -c "{script}"')
    assert done.returncode == 0, done.stderr
    assert "'CollectionIds': [" in done.stdout


def test_a_revoked_key_is_refused_at_once(desk):
    shell, server = desk
    key = shell.json("keys", "create", "--role", "operator", "--label", "desk")
    client = connect(server, key)
    assert client.list_collections()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert shell.run("keys", "revoke", key["id"]).returncode == 0
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client.list_collections()


def test_commands_ask_the_running_server_and_work_without_one_alike(shell, portrait):
    (shell.folder / "ada.jpg").write_bytes(portrait)
    with Server(shell):
        assert shell.json("index", "team", "ada.jpg", "--create")["outcomes"] == {"enrolled": 1}
        asked = shell.json("search", "team", "ada.jpg"), shell.json("collections", "describe", "team")
    alone = shell.json("search", "team", "ada.jpg"), shell.json("collections", "describe", "team")
    assert asked == alone
    assert asked[0]["FaceMatches"][0]["Face"]["ExternalImageId"] == "ada"
    assert asked[1]["FaceCount"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_server_stops_cleanly_and_starts_again_without_network(shell, number):
    server = Server(shell)
    assert (shell.data / "server.json").exists()
    before = (shell.data / "credentials").read_bytes()
    assert server.stop(number) == 0
    assert not (shell.data / "server.json").exists()
    with Server(shell) as again:
        assert connect(again).list_collections()["CollectionIds"] == []
    assert (shell.data / "credentials").read_bytes() == before


def test_a_killed_server_does_not_stand_in_the_way(shell):
    server = Server(shell)
    server.stop(signal.SIGKILL)
    assert (shell.data / "server.json").exists()
    assert shell.json("collections", "list")["CollectionIds"] == []
    assert not (shell.data / "server.json").exists()


def test_a_second_server_on_the_folder_is_refused(desk):
    shell, server = desk
    line = one_line(shell.run("serve", "--port", 0))
    assert f"{shell.data} is in use by process {server.process.pid}" in line


def test_a_taken_port_is_refused(desk):
    shell, server = desk
    port = server.said["url"].rpartition(":")[2]
    line = one_line(shell.run("serve", "--port", port, "--data", "other"))
    assert f"cannot listen on 127.0.0.1 port {port}" in line
    assert "--port" in line


def test_a_folder_of_a_newer_version_is_refused(shell):
    assert shell.run("keys", "list").returncode == 0
    (shell.data / "version").write_text("99\n")
    assert "upgrade Recognizance" in one_line(shell.run("serve", "--port", 0))


def test_missing_weights_that_cannot_be_had_are_one_line(shell):
    done = shell.run("serve", "--port", 0, RECOGNIZANCE_MODELS_DIR=str(shell.folder / "empty"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("recognizance: ")
    assert "Traceback" not in done.stderr


def test_a_killed_index_goes_on_and_enrols_each_file_once(shell, pictures):
    indexing = shell.start("index", "team", pictures, "--create", "--workers", 2)
    while len(_journal(shell)) < 5:
        assert indexing.poll() is None, indexing.stderr.read()
        time.sleep(0.01)
    indexing.kill()
    indexing.communicate()
    before = len(_journal(shell))
    assert before < 40
    report = shell.json("index", "team", pictures)
    assert report["skipped"] >= before - 1  # the kill may have torn the last line
    assert report["skipped"] + report["outcomes"]["enrolled"] == 40
    faces = shell.json("faces", "list", "team")["Faces"]
    assert sorted(face["ExternalImageId"] for face in faces) == [f"p{number:02}" for number in range(40)]


def _journal(shell):
    return [line for path in shell.data.glob("journals/*") for line in path.read_text().splitlines()]


def test_what_goes_to_a_pipe_has_no_colours_and_no_bars(shell, pictures):
    done = shell.run("index", "team", pictures / "p00.jpg", "--create", TERM="xterm-256color")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr


def test_the_quickstart_works_as_it_is_written(desk):
    shell, _ = desk
    page = (ROOT / "docs" / "quickstart.md").read_text()
    done = shell.bash(f"{_blocks(page, 'sh')}\npython -c '{_quoted(_blocks(page, 'python'))}'")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("ada: 100.0\n")
    assert (shell.folder / "faces.png").read_bytes().startswith(b"\x89PNG")


def test_the_readme_works_as_it_is_written(desk):
    shell, _ = desk
    page = (ROOT / "README.md").read_text()
    commands = "\n".join(re.findall(r"^    ((?:recognizance|aws) .*)$", page, re.MULTILINE))
    assert commands.count("\n") >= 4
    done = shell.bash(
        f"""eval "$(recognizance env --data data)"
        recognizance collections delete team --yes || true
        python -c '{_quoted(_blocks(page, "python"))}'
        recognizance collections delete team --yes
        {commands}"""
    )
    assert done.returncode == 0, done.stderr
    assert "me: 100.0\n" in done.stdout
    assert (shell.folder / "out.png").read_bytes().startswith(b"\x89PNG")


def _blocks(page, language):
    """The fenced blocks of a language, one after the other."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL))


def _quoted(code):
    """Code between a shell's single quotes."""
    return code.replace("'", "'\\''")
