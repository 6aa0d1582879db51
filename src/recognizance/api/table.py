"""The endpoints of the native API: the one table of paths, functions and roles."""

from __future__ import annotations

import json

from recognizance.api import (
    authorisations,
    cases,
    consents,
    jobs,
    ledger,
    policies,
    reports,
    reviewers,
    stops,
    subjects,
)
from recognizance.api.endpoint import Ask, Download, Endpoint
from recognizance.api.openapi import describe
from recognizance.values import Role

_ANYBODY: frozenset[Role] = frozenset()
_ALL = frozenset(Role) - {Role.WORKER}
_WORKERS = frozenset({Role.WORKER})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_REVIEWERS = frozenset({Role.REVIEWER})
_WORK = _ADMINISTRATORS | {Role.OPERATOR}
_WATCH = _ADMINISTRATORS | {Role.AUDITOR}
_ANSWER = _WORK | {Role.AUDITOR}

_INDEX = {"index": r"[0-9]{1,15}"}
_YEAR = {"year": r"(19[7-9]|[2-8][0-9]{2})[0-9]"}


def show_description(_: Ask) -> Download:
    """Give this description of the API."""
    return Download(json.dumps(describe(ENDPOINTS)).encode(), "application/json")


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/openapi.json", show_description, _ANYBODY, media_type="application/json"),
    # What holds.
    Endpoint("GET", "/policies", policies.list_policies, _ALL, policies.PolicyList),
    Endpoint("POST", "/policies", policies.put_policy, _ADMINISTRATORS, policies.Change, policies.PolicyDocument),
    Endpoint("GET", "/policies/{policy}", policies.show_policy, _ALL, policies.PolicyView),
    Endpoint("GET", "/policies/{policy}/versions", policies.list_versions, _ALL, policies.PolicyList),
    Endpoint(
        "PUT",
        "/collections/{collection}/policy",
        policies.choose_policy,
        _ADMINISTRATORS,
        policies.Change,
        policies.PolicyChoice,
    ),
    Endpoint("GET", "/proposals", policies.list_proposals, _WATCH, policies.ProposalList),
    Endpoint("POST", "/proposals/{proposal}/approve", policies.approve_proposal, _ADMINISTRATORS),
    Endpoint("POST", "/proposals/{proposal}/withdraw", policies.withdraw_proposal, _ADMINISTRATORS),
    Endpoint("GET", "/profiles", policies.list_profiles, _ALL, policies.ProfileList),
    Endpoint("GET", "/profiles/{profile}", policies.show_profile, _ALL, media_type="text/plain"),
    # What is switched off.
    Endpoint("GET", "/stops", stops.list_stops, _ALL, stops.StopList),
    Endpoint("POST", "/stops", stops.set_stop, _WATCH, stops.StopView, stops.StopOrder),
    Endpoint("POST", "/stops/{stop}/lift", stops.propose_lift, _ADMINISTRATORS, body=stops.Reason),
    Endpoint("POST", "/stops/{stop}/lift/confirm", stops.confirm_lift, _ADMINISTRATORS),
    # Who permitted a case.
    Endpoint("GET", "/authorisations", authorisations.list_authorisations, _WATCH, authorisations.AuthorisationList),
    Endpoint(
        "POST",
        "/authorisations",
        authorisations.register_authorisation,
        _ADMINISTRATORS,
        authorisations.AuthorisationView,
        authorisations.Decision,
    ),
    Endpoint(
        "POST",
        "/authorisations/{authorisation}/withdraw",
        authorisations.withdraw_authorisation,
        _ADMINISTRATORS,
    ),
    # What people make of what a search found.
    Endpoint("GET", "/reviews", cases.list_waiting, _REVIEWERS, cases.CaseIds),
    Endpoint("GET", "/reviews/{case}", cases.show_case, _REVIEWERS, cases.BlindCase),
    Endpoint("POST", "/reviews/{case}/votes", cases.vote, _REVIEWERS, cases.Recorded, cases.Ballot),
    Endpoint("GET", "/cases", cases.list_leads, _ANSWER, cases.LeadPage, query=cases.LeadQuery),
    Endpoint("GET", "/cases/{case}", cases.show_lead, _ANSWER, cases.LeadView),
    Endpoint("GET", "/cases/{case}/entries", cases.list_case_entries, _WATCH, cases.CaseEntries),
    Endpoint("POST", "/cases/{case}/contest", cases.contest_case, _ANSWER, cases.Recorded, stops.Reason),
    Endpoint("POST", "/cases/{case}/close", cases.close_case, _ADMINISTRATORS, cases.Recorded),
    Endpoint("GET", "/reviewers", reviewers.list_reviewers, _WATCH, reviewers.ReviewerList),
    Endpoint(
        "POST",
        "/reviewers",
        reviewers.register_reviewer,
        _ADMINISTRATORS,
        reviewers.Qualification,
        reviewers.Training,
    ),
    # Whose faces these are.
    Endpoint("POST", "/consents", consents.give_consent, _WORK, consents.ConsentView, consents.ConsentStatement),
    Endpoint("GET", "/consents", consents.list_consents, _ANSWER, consents.ConsentPage, query=consents.ConsentQuery),
    Endpoint("GET", "/consents/{consent}", consents.show_consent, _ANSWER, consents.ConsentView),
    Endpoint("POST", "/consents/{consent}/withdraw", consents.withdraw_consent, _WORK, consents.Ended),
    Endpoint("POST", "/subjects/find", subjects.find_likenesses, _WORK, subjects.Likenesses, subjects.Portrait),
    Endpoint("POST", "/subjects/answer", subjects.answer_person, _WORK, subjects.AnswerView, subjects.Person),
    Endpoint("POST", "/subjects/freeze", subjects.freeze_faces, _WORK, subjects.RequestId, subjects.Faces),
    Endpoint("POST", "/subjects/contest", subjects.contest_faces, _WORK, subjects.RequestId, subjects.Dispute),
    Endpoint("POST", "/subjects/erase", subjects.erase_faces, _WORK, subjects.ReceiptList, subjects.Faces),
    Endpoint("GET", "/subjects/requests", subjects.list_requests, _ANSWER, subjects.RequestList),
    Endpoint("POST", "/subjects/requests/{request}/settle", subjects.settle_request, _ADMINISTRATORS),
    Endpoint("GET", "/receipts/{face}", subjects.show_receipt, _ANSWER, subjects.ReceiptList),
    # What was done.
    Endpoint("GET", "/ledger/checkpoint", ledger.show_checkpoint, _ANYBODY, media_type="text/plain"),
    Endpoint("GET", "/ledger/key", ledger.show_key, _ANYBODY, ledger.KeyView),
    Endpoint("GET", "/ledger/entries", ledger.list_entries, _WATCH, ledger.EntryPage, query=ledger.EntryQuery),
    Endpoint("GET", "/ledger/entries/{index}/proof", ledger.prove_entry, _WATCH, ledger.Receipt, places=_INDEX),
    Endpoint(
        "GET", "/reports/account", reports.account, _WATCH, query=reports.PeriodQuery, media_type="application/json"
    ),
    Endpoint(
        "GET", "/reports/account/page", reports.account_page, _WATCH, query=reports.PeriodQuery, media_type="text/html"
    ),
    Endpoint("GET", "/reports/{year}", reports.annual, _WATCH, media_type="application/json", places=_YEAR),
    Endpoint("GET", "/reports/{year}/page", reports.annual_page, _WATCH, media_type="text/html", places=_YEAR),
    # Video.
    Endpoint("GET", "/jobs/{job}", jobs.show_job, _WORK, answer=jobs.JobView),
    Endpoint("POST", "/jobs/{job}/cancel", jobs.cancel_job, _WORK, answer=jobs.JobView),
    Endpoint("POST", "/jobs/{job}/searches", jobs.search_for_job, _WORKERS, jobs.Candidates, jobs.Crop),
)
"""All of them."""
