"""Reason codes: why a rule refuses. Clients and reports rely on the names; docs/policy.md lists them all."""

from __future__ import annotations

from enum import Enum, unique

from recognizance.errors import RuleError


@unique
class Reason(Enum):
    """A code, and the sentence that explains it."""

    # What is asked for.
    OPERATION_UNKNOWN = "the rules do not know this operation, and what they do not know is refused"
    IDENTIFICATION_OFF = "the policy permits to compare one face with one (1:1), not to search among all (1:N)"
    TRAITS_OFF = "the policy does not permit to infer traits from faces"
    EXPORT_OFF = "the policy does not permit to export templates"
    STREAMS_OFF = "the policy does not permit to search live video"
    # The policy itself.
    POLICY_UNKNOWN = "the collection names a policy that does not exist; put the policy, or have the tag changed"
    POLICY_TAMPERED = "the policy is not what was signed; put a new version, which another administrator approves"
    POLICY_NOT_YET_VALID = "the policy does not hold yet"
    POLICY_EXPIRED = "the policy is past its validity; put a new version"
    # Who asks, and what for.
    ROLE_NOT_PERMITTED = "the policy does not let keys of this role search"
    KEY_NOT_PERMITTED = "the policy names the keys that may search, and this is none of them"
    PURPOSE_MISSING = "the policy wants each search to state its purpose"
    PURPOSE_MISMATCH = "the stated purpose is not that of the collection's policy"
    CASE_MISSING = "the policy wants each search to state its case"
    CASE_SEALED = "the case is sealed: it was not authorised in time"
    CASE_DESTROYED = "the case was destroyed: its authorisation was rejected"
    # The authorisation of a case.
    AUTHORISATION_MISSING = "the policy wants each search to state its authorisation"
    AUTHORISATION_UNKNOWN = "this authorisation is not on record for the case; register it first"
    AUTHORISATION_EXPIRED = "the authorisation is past its end"
    AUTHORISATION_REJECTED = "the authorisation was rejected"
    AUTHORISATION_OTHER_SCOPE = "the authorisation is for another case or collection"
    AUTHORISATION_OWN = "the authorisation was registered by the person who searches; another person has to"
    AUTHORISATION_KNOWN = "this authorisation is on record for the case already"
    AUTHORISATION_ENDED = "an authorisation ends later than it is registered"
    # Limits.
    CONSENT_MISSING = "the policy stores a face only with a consent on record; state it with the picture"
    COLLECTION_FULL = "the collection would hold more faces than the policy permits"
    AUDIT_MISSING = "the policy permits searches only with an audit that counts for these models, and there is none"
    AUDIT_TOO_OLD = "the audit is older than the policy permits; audit again"
    SEARCHES_SPENT = "this person has made as many searches today as the policy permits"
    # Stops.
    STOPPED = "this use is stopped"
    STOP_EMPTY = "a stop ends later than it begins"
    REASON_MISSING = "state a reason"
    STOP_TARGET = "a stop of the whole installation has no target, and any other one has a target that exists"
    STOP_ENDED = "this stop has ended already"
    LIFT_PROPOSED = "lifting this stop was proposed already; another administrator confirms it"
    LIFT_NOT_PROPOSED = "nobody has proposed to lift this stop; propose it first"
    # Changes.
    NOT_PERMITTED = "keys of this role may not change rules"
    NAME_TAKEN = "`default` is what holds without a policy; take another name"
    VERSION_NOT_NEXT = "a version is one more than the one before it, and the first is 1"
    SECOND_PERSON_NEEDED = "the change loosens rules: propose it with a reason, and another administrator approves"
    SAME_PERSON = "this takes two persons, and both keys belong to one"
    RERUN_NEEDED = "a lower threshold takes an audit that was run anew at that threshold; name it"
    RERUN_UNKNOWN = "there is no signed audit of this name"
    RERUN_TOO_OLD = "the audit was run too long ago; run it anew"
    RERUN_OTHER_THRESHOLD = "the audit has no figures at the new threshold; run it anew with that similarity"
    PROPOSAL_DONE = "this proposal was approved or withdrawn already"
    PROPOSAL_EXPIRED = "this proposal waited too long; propose it anew"
    PROPOSAL_STALE = "the rules have changed since this was proposed; propose it anew"

    def error(self, detail: str = "") -> RuleError:
        """The refusal to raise; `detail` goes on after the sentence."""
        return RuleError(self.name, f"{self.value} ({detail})" if detail else self.value)
