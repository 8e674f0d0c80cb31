"""What every call goes through: token, rights, rate, size, JSON, idempotency keys."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens as api_tokens
from accounts.models import ApiToken, User
from customers.api import calls
from customers.ingestion import idempotency
from customers.ingestion.scopes import Scope
from customers.models import AnsweredCall, Customer
from tests.customers.api.conftest import Program, codes, told

ANA = {"external_id": "C-1", "email": "ana@exemple.fr"}


@pytest.mark.parametrize("header", ["", "Bearer tamis_abc_def", "Basic x", "Bearer é"])
def test_a_call_without_a_live_token_is_refused(db: None, header: str) -> None:
    answer = Client().post("/api/v1/customers", "{}", "application/json",
                           headers={"authorization": header})  # fmt: skip
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert told(answer)["errors"][0]["code"] == "unauthorized"


def test_a_session_of_a_member_opens_nothing(administrator: Client) -> None:
    assert administrator.post("/api/v1/customers", "{}", "application/json").status_code == 401


def test_a_revoked_or_expired_token_no_longer_opens(owner: User) -> None:
    token, text = api_tokens.create(owner, "till", [str(Scope.CUSTOMERS_WRITE)])
    assert Program(text).post("customers", ANA).status_code == 201
    api_tokens.revoke(owner, token)
    assert Program(text).post("customers", ANA).status_code == 401
    ended = timezone.now() - dt.timedelta(seconds=1)
    text = api_tokens.create(owner, "till", ["customers:write"], ended)[1]
    assert Program(text).post("customers", ANA).status_code == 401


def test_only_the_hash_of_a_token_is_kept(owner: User) -> None:
    token, text = api_tokens.create(owner, "till", [])
    secret = text.split("_", 2)[2]
    kept = json.dumps({key: str(value) for key, value in vars(token).items()})
    assert secret not in kept
    assert api_tokens.find(text) == token
    assert api_tokens.find(text[:-1]) is None


def test_using_a_token_is_noted_to_the_minute(program: Program) -> None:
    program.post("customers", ANA)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    program.post("customers", ANA)
    assert ApiToken.objects.get().last_used_at == first


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("customers", Scope.CUSTOMERS_WRITE), ("customers/batch", Scope.CUSTOMERS_WRITE),
        ("consents", Scope.CONSENTS_WRITE), ("consents/batch", Scope.CONSENTS_WRITE),
        ("orders", Scope.ORDERS_WRITE), ("orders/batch", Scope.ORDERS_WRITE),
        ("events", Scope.EVENTS_WRITE), ("events/batch", Scope.EVENTS_WRITE),
    ],
)  # fmt: skip
def test_each_address_asks_for_its_own_right(
    program_with: Callable[..., Program], path: str, scope: Scope
) -> None:
    without = program_with(*(set(Scope) - {scope}))
    answer = without.post(path, {})
    assert answer.status_code == 403
    assert codes(answer) == [("", "missing_scope")]
    assert program_with(scope).post(path, {}).status_code == 422


def test_reading_asks_for_its_own_right(program_with: Callable[..., Program]) -> None:
    Customer.objects.create(external_id="C-1")
    assert program_with(Scope.CUSTOMERS_WRITE).call("GET", "customers/C-1").status_code == 403
    assert program_with(Scope.CUSTOMERS_READ).call("GET", "customers/C-1").status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'"x"'])
def test_what_is_not_an_object_in_json_is_refused(program: Program, body: bytes) -> None:
    answer = program.post("customers", body)
    assert answer.status_code == 400
    assert told(answer)["errors"][0]["message"]


def test_a_body_that_is_too_large_is_refused(program: Program) -> None:
    answer = program.post("customers", b" " * (calls.LONGEST_BODY + 1))
    assert (answer.status_code, codes(answer)) == (413, [("", "too_large")])


def test_a_batch_has_one_to_a_thousand_items(program: Program) -> None:
    assert program.post("customers/batch", {"items": []}).status_code == 422
    assert program.post("customers/batch", {"items": {}}).status_code == 422
    answer = program.post("customers/batch", {"items": [{}] * 1001})
    assert (answer.status_code, codes(answer)) == (413, [("items", "too_many_items")])


def test_unknown_addresses_and_methods_answer_in_the_same_form(program: Program) -> None:
    nowhere = program.call("GET", "zebras")
    assert (nowhere.status_code, codes(nowhere)) == (404, [("", "not_found")])
    wrong = program.call("DELETE", "customers/batch")
    assert (wrong.status_code, codes(wrong)) == (405, [("", "method_not_allowed")])
    assert program.call("GET", "customers/unknown").status_code == 404


def test_a_token_has_so_many_calls_a_minute(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CALLS_A_MINUTE", 2)
    first = program.post("customers", ANA)
    assert first.headers["RateLimit-Remaining"] == "1"
    program.post("customers", ANA)
    refused = program.post("customers", ANA)
    assert (refused.status_code, codes(refused)) == (429, [("", "too_many_requests")])
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_errors_are_in_the_callers_language(program: Program) -> None:
    english = told(program.post("customers", {}))["errors"][0]["message"]
    assert english == "Say a customer number, an e-mail or a phone."
    answer = program.post("customers", ANA | {"email": "x"}, **{"accept-language": "fr"})
    assert answer.headers["Content-Language"] == "fr"


def test_the_same_key_and_body_get_the_same_answer_and_are_done_once(program: Program) -> None:
    event = {"customer": {"external_id": "C-1"}, "name": "visit"}
    program.post("customers", ANA)
    key = {"idempotency-key": "k-1"}
    first, again = (program.post("events", event, **key) for _ in range(2))
    assert (first.status_code, told(first)) == (again.status_code, told(again))
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Customer.objects.get().events.count() == 1


def test_the_same_key_with_another_body_is_refused(program: Program) -> None:
    program.post("customers", ANA, **{"idempotency-key": "k"})
    answer = program.post("customers", ANA | {"city": "Lyon"}, **{"idempotency-key": "k"})
    assert (answer.status_code, codes(answer)) == (422, [("Idempotency-Key", "key_reused")])


def test_a_key_means_nothing_to_another_token(program_with: Callable[..., Program]) -> None:
    key = {"idempotency-key": "k"}
    program_with(Scope.CUSTOMERS_WRITE).post("customers", ANA, **key)
    other = program_with(Scope.CUSTOMERS_WRITE).post("customers", {"external_id": "2"}, **key)
    assert other.status_code == 201


def test_a_call_still_being_answered_is_not_done_twice(program: Program) -> None:
    token = ApiToken.objects.get()
    body = json.dumps(ANA).encode()
    of = idempotency.fingerprint("POST", "/api/v1/customers", body)
    call = AnsweredCall.objects.create(caller=f"token:{token.pk}", key="k", fingerprint=of)
    answer = program.post("customers", body, **{"idempotency-key": "k"})
    assert (answer.status_code, codes(answer)) == (409, [("Idempotency-Key", "still_running")])
    # Whoever began it died: it may be done after a while.
    AnsweredCall.objects.filter(pk=call.pk).update(
        created_at=timezone.now() - dt.timedelta(minutes=3)
    )
    assert program.post("customers", body, **{"idempotency-key": "k"}).status_code == 201


def test_a_call_that_fails_leaves_its_key_free(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def broken(*_: object) -> None:
        raise OperationalError("locked")

    with monkeypatch.context() as patched:
        patched.setattr("customers.ingestion.results.one_writer_at_a_time", broken)
        answer = program.post("customers", ANA, **{"idempotency-key": "k"})
        assert answer.status_code == 503
    assert program.post("customers", ANA, **{"idempotency-key": "k"}).status_code == 201


def test_a_fault_of_ours_is_said_in_the_same_form(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("customers.ingestion.results.one_writer_at_a_time", broken)
    answer = program.post("customers", ANA)
    assert (answer.status_code, codes(answer)) == (500, [("", "server_error")])


def test_answers_are_forgotten_after_a_day(program: Program) -> None:
    program.post("customers", ANA, **{"idempotency-key": "k"})
    assert idempotency.forget(timezone.now()) == 0
    assert idempotency.forget(timezone.now() + dt.timedelta(days=2)) == 1


def test_the_description_covers_every_operation_and_loads_nothing_from_elsewhere(
    client: Client, db: None
) -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len({key for key, _value in pairs}) == len(pairs), pairs
        return dict(pairs)

    told_: Any = json.loads(client.get("/api/openapi.json").content, object_pairs_hook=once)
    assert len(told_["paths"]) == 10
    schemas = told_["components"]["schemas"]
    text = json.dumps(told_)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in schemas
    assert schemas["Customer"]["properties"]["email"]["format"] == "email"
    page = client.get("/api/docs").text
    assert "swagger-ui-bundle" in page
    assert "//" not in page.split("<body>")[1]


@pytest.mark.parametrize(
    "body",
    [
        b'{"external_id": "1", "external_id": "2"}',
        b'{"external_id": "1", "attributes": {"a": 1, "a": 2}}',
        b'{"items": [{"external_id": "1"}], "items": []}',
    ],
)
def test_a_key_that_stands_twice_is_not_guessed(program: Program, body: bytes) -> None:
    assert codes(program.post("customers", body)) == [("", "key_twice")]
    assert not Customer.objects.exists()


@pytest.mark.both_databases
@pytest.mark.parametrize("odd", ["a\x00", "\ud800"])
def test_what_is_no_text_is_refused_and_its_answer_kept(program: Program, odd: str) -> None:
    told_of = {"external_id": odd, "tags": [odd], odd: 1}
    for _again in range(2):
        answer = program.post("customers", told_of, **{"idempotency-key": "k"})
        found = codes(answer)
        assert answer.status_code == 422
        assert {code for _path, code in found} == {"not_text", "unknown_field"}
    assert not Customer.objects.exists()


def test_a_thousand_faults_are_not_all_told(program: Program) -> None:
    assert len(codes(program.post("customers", {f"k{n}": n for n in range(1000)}))) == 20


def test_an_address_that_is_none_is_told_so_whatever_the_method() -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.generic(method, "/api/v1/customers/", "{}", "application/json")
        assert answer.status_code == 404
        assert codes(answer) == [("", "not_found")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({"transfer-encoding": "chunked"}, 411, "no_length"),
        ({"content-encoding": "gzip"}, 415, "encoded"),
    ],
)
def test_a_body_in_parts_or_packed_is_refused_for_what_it_is(
    program: Program, header: dict[str, str], status: int, code: str
) -> None:
    answer = program.post("customers", ANA, **header)
    assert (answer.status_code, codes(answer)) == (status, [("", code)])
