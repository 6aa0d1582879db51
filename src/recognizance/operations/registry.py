"""Which operations are answered, by which function, and for whom: the one table, and the step from call to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from recognizance.errors import AccessDeniedError, InvalidRequestError, RecognizanceError
from recognizance.governance.rulebook import Place
from recognizance.job import JobState
from recognizance.operations import collection, enrolment, face, search, stream, user, video
from recognizance.operations.context import Answer, Context, Request, Services, asker_of
from recognizance.operations.faults import fault_of
from recognizance.policy.decision import Permit
from recognizance.policy.operation import OPERATIONS as OPERATION_USES
from recognizance.policy.operation import Use
from recognizance.ports import Call, Result
from recognizance.values import AccessKey, Role

Operation = Callable[[Context, Request], Answer]

_FOUNDING = frozenset({Role.ADMINISTRATOR})  # found, remove and tag collections: tags will carry policies
_WORK = _FOUNDING | {Role.OPERATOR}  # enrol, search, and keep faces and users
_LOOK = _WORK | {Role.REVIEWER}  # look at pictures that the caller brings
_LISTS = _LOOK | {Role.AUDITOR}  # names, counts and tags; no picture and no search


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation that is answered: its function, and the roles that may call it."""

    run: Operation
    roles: frozenset[Role]


OPERATIONS: Mapping[str, Entry] = MappingProxyType(
    {
        "DetectFaces": Entry(face.detect_faces, _LOOK),
        "CompareFaces": Entry(face.compare_faces, _LOOK),
        "CreateCollection": Entry(collection.create_collection, _FOUNDING),
        "DeleteCollection": Entry(collection.delete_collection, _FOUNDING),
        "DescribeCollection": Entry(collection.describe_collection, _LISTS),
        "ListCollections": Entry(collection.list_collections, _LISTS),
        "IndexFaces": Entry(enrolment.index_faces, _WORK),
        "ListFaces": Entry(enrolment.list_faces, _LISTS),
        "DeleteFaces": Entry(enrolment.delete_faces, _WORK),
        "SearchFaces": Entry(search.search_faces, _WORK),
        "SearchFacesByImage": Entry(search.search_faces_by_image, _WORK),
        "CreateUser": Entry(user.create_user, _WORK),
        "DeleteUser": Entry(user.delete_user, _WORK),
        "ListUsers": Entry(user.list_users, _LISTS),
        "AssociateFaces": Entry(user.associate_faces, _WORK),
        "DisassociateFaces": Entry(user.disassociate_faces, _WORK),
        "SearchUsers": Entry(user.search_users, _WORK),
        "SearchUsersByImage": Entry(user.search_users_by_image, _WORK),
        "StartFaceDetection": Entry(video.start_face_detection, _WORK),
        "GetFaceDetection": Entry(video.get_face_detection, _WORK),
        "StartFaceSearch": Entry(video.start_face_search, _WORK),
        "GetFaceSearch": Entry(video.get_face_search, _WORK),
        "StartPersonTracking": Entry(video.start_person_tracking, _WORK),
        "GetPersonTracking": Entry(video.get_person_tracking, _WORK),
        "CreateStreamProcessor": Entry(stream.create_stream_processor, _WORK),
        "DescribeStreamProcessor": Entry(stream.describe_stream_processor, _LISTS),
        "ListStreamProcessors": Entry(stream.list_stream_processors, _LISTS),
        "StartStreamProcessor": Entry(stream.start_stream_processor, _WORK),
        "StopStreamProcessor": Entry(stream.stop_stream_processor, _WORK),
        "UpdateStreamProcessor": Entry(stream.update_stream_processor, _WORK),
        "DeleteStreamProcessor": Entry(stream.delete_stream_processor, _WORK),
        "TagResource": Entry(collection.tag_resource, _FOUNDING),
        "UntagResource": Entry(collection.untag_resource, _FOUNDING),
        "ListTagsForResource": Entry(collection.list_tags_for_resource, _LISTS),
    }
)


class Dispatcher:
    """Answers calls; the object that the server hands each verified, validated call to."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def services(self) -> Services:
        """The objects behind the operations."""
        return self._services

    def __call__(self, call: Call) -> Result:
        """Answer a call. Raises Fault, and nothing else on purpose."""
        with self._told(call):
            entry = self._entry(call)
            context = Context(self._services, call, *self._permit(call))
            return Result(entry.run(context, call.params), context.headers)

    def check(self, call: Call) -> None:
        """See whether a call would be permitted now, and do nothing. Raises Fault."""
        with self._told(call):
            self._entry(call)
            self._permit(call)

    @contextmanager
    def _told(self, call: Call) -> Iterator[None]:
        """Turn domain errors into faults, and put refusals on record."""
        try:
            yield
        except AccessDeniedError as error:
            self._services.governance.rulebook.refuse(asker_of(call), _collection_id(call), error, now=call.now)
            raise fault_of(error) from error
        except RecognizanceError as error:
            raise fault_of(error) from error

    def _permit(self, call: Call) -> tuple[Permit, Place | None]:
        """What the rules permit, and the collection that the call is about.

        Raises RuleError; CollectionNotFoundError where the call names one that is not.
        """
        named, asker = _collection_id(call), asker_of(call)
        use = OPERATION_USES.get(call.operation)
        if use is Use.STREAM:
            named = stream.searched_collection(self._services.streams, call.operation, call.params)
        elif use is Use.RESULTS:
            job = self._services.jobs.find(call.params["JobId"], "StartFaceSearch", now=call.now)
            if job.state is JobState.SUCCEEDED:  # what it found obeys the rules of now, and the clock of its own case
                named, asker = job.request.collection_id, replace(asker, said=job.request.said)
        place = None
        if named is not None and call.operation != "CreateCollection":
            gallery = self._services.gallery
            place = Place(gallery.collection(named), gallery.tags(named))
        return self._services.governance.rulebook.permit(asker, place, now=call.now), place

    def _entry(self, call: Call) -> Entry:
        """The operation's entry, if it is answered here and the key's role may call it.

        The role is checked before anything is looked up: who may not ask learns nothing about what exists.
        """
        entry = OPERATIONS.get(call.operation)
        if entry is None:
            raise InvalidRequestError(
                f"{call.operation} is not offered by Recognizance; docs/operations/index.md lists what is."
            )
        if call.key.role not in entry.roles:
            raise AccessDeniedError(_denial(call.key, call, self._services.account))
        return entry


def _collection_id(call: Call) -> str | None:
    """The collection that a call is about, None if it is about none or about several."""
    about = call.params
    if call.operation == "CreateStreamProcessor":
        about = about["Settings"].get("FaceSearch", {})
    named: str | None = about.get("CollectionId")
    return named


def _denial(key: AccessKey, call: Call, account: str) -> str:
    name = call.params.get("CollectionId", "*")
    return (
        f"User: arn:aws:iam::{account}:user/{key.id} is not authorized to perform: rekognition:{call.operation} "
        f"on resource: arn:aws:rekognition:{call.region}:{account}:collection/{name} (role {key.role.value})"
    )
