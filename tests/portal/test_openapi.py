"""The OpenAPI document: sound in itself, true of the server, and docs/api.md true of both."""

import json
import re
from pathlib import Path

import pytest
from fastapi.openapi.models import OpenAPI
from pydantic import TypeAdapter

from assistant.portal.bodies import ProfileBody, TurnBody

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json").json()


def references(node):
    """Give every $ref in a document."""
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_document_is_sound(document):
    assert document["openapi"].startswith("3.1")
    OpenAPI.model_validate(document)
    for reference in set(references(document)):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found
    operations = [o for path in document["paths"].values() for o in path.values()]
    ids = [o["operationId"] for o in operations]
    assert len(ids) == len(set(ids))
    assert all(o["summary"] for o in operations)


def test_it_holds_the_public_contract(document):
    found = {(method, path) for path, o in document["paths"].items() for method in o}
    assert found == {
        ("post", "/api/v1/consultations"),
        ("get", "/api/v1/consultations/{consultation_id}"),
        ("delete", "/api/v1/consultations/{consultation_id}"),
        ("post", "/api/v1/consultations/{consultation_id}/turns"),
        ("post", "/api/v1/consultations/{consultation_id}/heard"),
        ("get", "/api/v1/consultations/{consultation_id}/report"),
        ("post", "/api/v1/consultations/{consultation_id}/previews"),
        ("get", "/api/v1/consultations/{consultation_id}/previews/{token}"),
        ("delete", "/api/v1/consultations/{consultation_id}/previews/{token}"),
        ("get", "/api/v1/consultations/{consultation_id}/pictures/{number}"),
        ("get", "/api/v1/consultations/{consultation_id}/pictures/{number}/heatmap"),
        ("post", "/api/v1/look"),
        ("post", "/api/v1/search"),
        ("get", "/healthz"),
        ("get", "/readyz"),
    }


def test_every_error_is_described_as_a_problem(document):
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if path.startswith("/api/") and status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], path


@pytest.mark.parametrize("body", [ProfileBody, TurnBody])
def test_every_example_is_valid(document, body):
    examples = document["components"]["schemas"][body.__name__]["examples"]
    assert len(examples) >= 2
    for example in examples:
        TypeAdapter(body).validate_python(example)


def commands():
    """Give the curl commands of docs/api.md, each in one line."""
    for block in re.findall(r"```bash\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if "curl " in line:
                yield line


def test_the_commands_in_the_docs_do_what_the_docs_say(client):
    """Run each curl command of docs/api.md against the app, in their order."""
    known = {"API": "/api/v1", "ID": ""}
    ran = []
    for line in commands():
        method = (re.findall(r"-X (\w+)", line) or ["POST" if " -d " in line else "GET"])[0]
        path = re.search(r"\$API(/[^\s\"]*)", line).group(1)
        for name, value in known.items():
            path = path.replace(f"${name}", value)
        headers = dict(h.split(": ", 1) for h in re.findall(r"-H '([^']*)'", line))
        body = (re.findall(r"-d '([^']*)'", line) or [None])[0]
        answer = client.request(method, f"/api/v1{path}", headers=headers, content=body)
        assert answer.status_code < 300, (line, answer.text)
        if answer.status_code == 201:
            known["ID"] = answer.json()["id"]
        ran.append((method, path.replace(known["ID"], "{consultation_id}")))
    assert {m for m, _ in ran} == {"GET", "POST", "DELETE"}
    assert len(ran) >= 8


def test_the_json_in_the_docs_is_what_the_server_gives(document):
    """The fields that the docs show exist in the schemas."""
    shown = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert shown
    schemas = document["components"]["schemas"]
    fields = {name for schema in schemas.values() for name in schema.get("properties", {})}
    for text in shown:
        assert set(json.loads(text)) <= fields | {"id"}
