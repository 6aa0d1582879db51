"""What is told of a job's end: Rekognition's body, to the topic and the webhook, again until it arrived."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest
from moto.server import ThreadedMotoServer

from recognizance.job import JobRequest
from recognizance.jobs.board import Board
from recognizance.jobs.herald import Herald, TellError, Topic, Webhook
from recognizance.storage.database import Database

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
VIDEO = {"S3Object": {"Bucket": "clips", "Name": "a.mp4"}}


@pytest.fixture
def board(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'test.db'}") as database:
        yield Board(database, keep=timedelta(days=7))


def end_one(board, **params):
    job_id = board.create(JobRequest("StartFaceSearch", {"Video": VIDEO, **params}, "RK", "r"), now=NOW)
    board.take("w", now=NOW).succeed(now=NOW)
    return job_id


def test_the_body_is_rekognitions(board):
    heard = []
    job_id = end_one(board, JobTag="door")
    Herald(board, [lambda _, message: heard.append(json.loads(message))]).tell_all(now=NOW)
    assert heard == [
        {
            "JobId": job_id,
            "Status": "SUCCEEDED",
            "API": "StartFaceSearch",
            "JobTag": "door",
            "Timestamp": int(NOW.timestamp() * 1000),
            "Video": {"S3ObjectName": "a.mp4", "S3Bucket": "clips"},
        }
    ]


def test_each_job_is_told_once(board):
    heard = []
    herald = Herald(board, [lambda job, _: heard.append(job.id)])
    ids = [end_one(board), end_one(board)]
    herald.tell_all(now=NOW)
    herald.tell_all(now=NOW)
    assert heard == ids


def test_what_could_not_be_told_is_told_at_the_next_look_and_holds_up_nobody(board, caplog):
    first, second = end_one(board), end_one(board)
    heard, broken = [], {first}

    def tell(job, _):
        if job.id in broken:
            raise TellError("no route")
        heard.append(job.id)

    herald = Herald(board, [tell])
    herald.tell_all(now=NOW)
    assert heard == [second]
    assert f"the end of job {first} could not be told: no route" in caplog.text
    broken.clear()
    herald.tell_all(now=NOW)
    assert heard == [second, first]


@pytest.fixture(scope="module")
def aws():
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client(service, endpoint):
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def test_a_topic_that_feeds_a_queue_gets_the_message(board, aws):
    sns, sqs = client("sns", aws), client("sqs", aws)
    topic = sns.create_topic(Name="done")["TopicArn"]
    queue = sqs.create_queue(QueueName="done")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    job_id = end_one(board, NotificationChannel={"SNSTopicArn": topic, "RoleArn": "arn:aws:iam::1:role/r"})
    Herald(board, [Topic(aws, "us-east-1", "a", "b")]).tell_all(now=NOW)
    [came] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(json.loads(came["Body"])["Message"])["JobId"] == job_id


def test_a_topic_that_there_is_not_is_given_up(board, aws, caplog):
    end_one(board, NotificationChannel={"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:no", "RoleArn": "r"})
    Herald(board, [Topic(aws, "us-east-1", "a", "b")]).tell_all(now=NOW)
    assert "which there is not" in caplog.text
    assert board.untold() == []


def test_an_endpoint_that_does_not_answer_is_tried_again(board):
    end_one(board, NotificationChannel={"SNSTopicArn": "arn:aws:sns:us-east-1:1:a", "RoleArn": "r"})
    Herald(board, [Topic("http://127.0.0.1:9", "us-east-1", "a", "b")]).tell_all(now=NOW)
    assert len(board.untold()) == 1


@pytest.fixture
def hook():
    came, status = [], [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            came.append((self.headers["x-recognizance-job"], json.loads(body)))
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", came, status
        server.shutdown()
        thread.join()


def test_a_webhook_gets_every_message_until_it_accepts_it(board, hook):
    url, came, status = hook
    job_id = end_one(board)
    status[0] = 503
    Herald(board, [Webhook(url)]).tell_all(now=NOW)
    status[0] = 204
    Herald(board, [Webhook(url)]).tell_all(now=NOW)
    assert [(name, body["Status"]) for name, body in came] == [(job_id, "SUCCEEDED")] * 2
    assert board.untold() == []
