import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs

from service.web.problems import STATUS, UNREADABLE, Problem
from service.web.sentences import sentences

Client = TestClient[Litestar]
EXPECTED = {
    "missing": 404,
    "full": 409,
    "gone": 410,
    "conflict": 409,
    "many": 429,
    "wrong": 422,
    "slow": 503,
    "bug": 500,
    "unicode": 400,
    "recursion": 400,
}


@pytest.mark.parametrize(("kind", "status"), EXPECTED.items())
def test_the_kind_of_refusal_picks_the_status_for_people_and_machines(client: Client, kind: str, status: int) -> None:
    for_people, for_machines = client.get(f"/refuse/{kind}", headers={"accept": "text/html"}), client.get(f"/api/v1/refuse/{kind}")
    assert (for_people.status_code, for_machines.status_code) == (status, status)
    assert for_people.headers["content-type"] == "text/html; charset=utf-8"
    assert for_machines.headers["content-type"] == "application/problem+json"


def test_problem_details_have_the_members_of_rfc_9457_in_their_right_meaning(client: Client) -> None:
    problem = msgspec.json.decode(client.get("/api/v1/refuse/wrong").content, type=Problem)
    assert (problem.type, problem.title, problem.status, problem.code) == ("/problems/invalid", "Unprocessable Content", 422, "invalid")
    assert problem.detail == "Something in the form needs another look."
    assert [(error.pointer, error.code) for error in problem.errors] == [("#/zip", "zip"), ("#/name", "too_long")]
    assert problem.errors[1].detail == "Please write no more than 200 characters."


def test_a_json_body_gets_every_wrong_field_named_in_the_language_asked_for(client: Client) -> None:
    answer = client.post("/api/v1/trial", json={"capacity": "x", "places": [], "is_admin": True}, headers={"accept-language": "es"})
    assert answer.status_code == 400
    errors = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert errors["#/title"] == "Complete este campo, por favor."
    assert set(errors) == {"#/title", "#/capacity", "#/is_admin"}


def test_a_refusal_reads_in_the_language_of_the_person(client: Client) -> None:
    spanish = client.get("/refuse/full", headers={"accept-language": "es-MX,es;q=0.9"})
    arabic = client.get("/refuse/full?lang=ar")
    assert 'lang="es"' in spanish.text
    assert "El último lugar" in spanish.text
    assert '<html lang="ar" dir="rtl"' in arabic.text


def test_too_many_and_too_busy_say_when_to_come_back(client: Client) -> None:
    assert client.get("/refuse/many").headers["retry-after"] == "30"
    assert client.get("/refuse/slow").headers["retry-after"] == "5"


def test_a_bug_tells_the_reader_nothing_and_the_log_no_personal_word(client: Client) -> None:
    with capture_logs() as lines:
        answer = client.get("/refuse/bug")
    assert "ana@example.org" not in answer.text
    assert "Traceback" not in answer.text
    assert "ana@example.org" not in str(lines)
    assert {"error": "RuntimeError", "event": "unexpected"}.items() <= next(line for line in lines if line["event"] == "unexpected").items()


def test_a_wrong_method_says_which_ones_there_are(client: Client) -> None:
    answer = client.delete("/api/v1/trial")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert client.request("BREW", "/page").status_code == 405


def test_a_page_nobody_wrote_is_missing_in_kind_words(client: Client) -> None:
    answer = client.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "We could not find that page." in answer.text


def test_every_status_has_a_sentence() -> None:
    codes_with_sentence = sentences()
    assert all(getattr(kind, "code", None) in codes_with_sentence for kind, _ in STATUS)
    assert len(UNREADABLE) == len(set(UNREADABLE))
