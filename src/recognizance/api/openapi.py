"""OpenAPI: the endpoints in, the document that describes them out (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from recognizance import __version__
from recognizance.api.endpoint import Endpoint, Nothing
from recognizance.api.problem import Problem
from recognizance.api.reception import NAME, PREFIX

_REFERENCE = "#/components/schemas/{model}"
_REFUSALS = {"400": "The request cannot be used.", "403": "A rule or the role forbids it.", "404": "It does not exist."}
_SIGNATURE = "AWS Signature Version 4, service rekognition, as AWS clients make it."


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document."""
    models = {endpoint.answer for endpoint in endpoints} | {endpoint.body for endpoint in endpoints} | {Problem}
    ordered = sorted(models - {Nothing}, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _describe_one(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Recognizance", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "signature": {"type": "apiKey", "in": "header", "name": "Authorization", "description": _SIGNATURE}
            },
        },
    }


def _describe_one(endpoint: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": endpoint.run.__name__,
        "summary": endpoint.summary,
        "parameters": [*_places(endpoint), *_query(endpoint.query)],
        "responses": {str(endpoint.status): _answer(endpoint)} | _refusals(endpoint),
        "security": [{"signature": []}] if endpoint.roles else [],
    }
    if endpoint.roles:
        described["description"] = f"For {', '.join(sorted(role.value for role in endpoint.roles))}."
    if endpoint.body is not Nothing:
        described["requestBody"] = {"required": True, "content": {"application/json": _schema(endpoint.body)}}
    return described


def _places(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{endpoint.places.get(name, NAME)}$"},
        }
        for name in re.findall(r"{(\w+)", endpoint.path)
    ]


def _query(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema.get("properties", {}).items()
    ]


def _answer(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.media_type is not None:
        return {"description": "A file.", "content": {endpoint.media_type: {}}}
    if endpoint.answer is Nothing:
        return {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"description": "Done.", "content": {"application/json": _schema(endpoint.answer)}}


def _refusals(endpoint: Endpoint) -> dict[str, Any]:
    told = (
        _REFUSALS
        | ({"401": "The signature does not hold."} if endpoint.roles else {})
        | {"409": "It stands against it."}
    )
    return {
        status: {"description": text, "content": {"application/json": _schema(Problem)}}
        for status, text in told.items()
    }


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}
