import random
import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs

from service.settings import ServiceSettings
from service.web.security import BODY_BYTES
from tests.hostile import Hostile, hostile_bodies, storm
from tests.service.web.conftest import trial_app

Client = TestClient[Litestar]
FIELDS = ("email", "zip", "consent", "times", "name", "words", "born", "size", "quiet", "title", "capacity", "places", "starts_on")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path", ["/page", "/me/secret", "/nowhere", "/refuse/bug", "/api/v1/trial/5", "/api/v1/openapi.json", "/framed"])
def test_every_answer_carries_the_safety_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "referrer-policy" in headers
    assert "strict-transport-security" not in headers


def test_a_site_on_https_asks_browsers_to_stay_there() -> None:
    with TestClient(trial_app(ServiceSettings(base_url="https://doorstep.example.org"))) as secure:
        assert "max-age=" in secure.get("/page").headers["strict-transport-security"]


def test_pages_behind_a_link_are_kept_nowhere_and_named_to_nobody(client: Client) -> None:
    headers = client.get("/me/secret").headers
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "noindex" in headers["x-robots-tag"]
    assert "etag" not in headers


def test_only_the_named_sites_may_frame_and_none_can_smuggle_a_directive(client: Client) -> None:
    answer = client.get("/framed")
    policy = answer.headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://library.example.org")
    assert f"script-src 'self' 'nonce-{answer.text}'" in policy
    assert "x-frame-options" not in answer.headers
    of_others = client.get("/page").headers
    assert of_others["content-security-policy"].endswith("frame-ancestors 'none'")
    assert of_others["x-frame-options"] == "DENY"  # for browsers that do not know the policy


@pytest.mark.parametrize(
    ("path", "media", "status"),
    [
        ("/api/v1/trial", "text/plain", 415),
        ("/api/v1/trial", "application/x-www-form-urlencoded", 415),
        ("/api/v1/trial", "", 415),
        ("/center/trial", "application/json", 415),
        ("/center/trial", "application/x-www-form-urlencoded; charset=utf-8", 200),
    ],
)
def test_machines_send_json_and_people_send_forms(client: Client, path: str, media: str, status: int) -> None:
    assert client.post(path, content=b"a=1", headers={"content-type": media}).status_code == status


@pytest.mark.parametrize("path", ["/api/v1/trial", "/center/trial"])
def test_a_body_of_no_declared_type_is_not_read(client: Client, path: str) -> None:
    assert client.post(path, content=b"a=1").status_code == 415
    assert client.post(path, content=iter([b"a=1"])).status_code == 415


def test_too_much_at_once_is_refused_whether_announced_or_not(client: Client) -> None:
    body = b"a=" + b"x" * BODY_BYTES
    assert client.post("/center/trial", content=body, headers=FORM).status_code == 413
    assert client.post("/center/trial", content=iter([body]), headers=FORM).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://testserver.local", "cookie": "session=x"}, 200),
        ({"origin": "null", "cookie": "session=x"}, 403),
        ({"cookie": "session=x"}, 403),
        ({}, 200),
    ],
)
def test_pages_are_posted_to_from_our_own_pages_only(client: Client, headers: dict[str, str], status: int) -> None:
    assert client.post("/center/trial", content=b"a=1", headers=FORM | headers).status_code == status


def test_a_partners_own_page_may_post_to_a_form_that_allows_it(client: Client) -> None:
    answer = client.post(
        "/f/trial", content=b"a=1", headers=FORM | {"origin": "https://library.example.org", "sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 422


def test_head_is_get_without_the_body(client: Client) -> None:
    whole, head = client.get("/page"), client.head("/page")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]


def test_a_page_that_did_not_change_is_not_sent_twice(client: Client) -> None:
    first = client.get("/page")
    again = client.get("/page", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers
    assert client.get("/page?lang=es", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_the_style_sheet_is_kept_for_a_year_under_its_own_hash(client: Client) -> None:
    address = re.search(r'href="(/static/[0-9a-f]{12}/doorstep\.css)"', client.get("/page").text)
    assert address is not None
    assert "immutable" in client.get(address[1]).headers["cache-control"]
    assert "immutable" not in client.get("/static/old/doorstep.css").headers["cache-control"]
    assert client.get("/static/x/..%2finstall.py").status_code == 404


@pytest.mark.parametrize(("name", "kind"), [("doorstep.css", "text/css"), ("roster.js", "text/javascript")])
def test_a_file_says_once_what_it_is(client: TestClient, name: str, kind: str) -> None:  # type: ignore[type-arg]
    assert client.get(f"/static/x/{name}").headers["content-type"] == f"{kind}; charset=utf-8"


def test_no_link_query_or_cookie_reaches_the_log(client: Client) -> None:
    with capture_logs() as lines:
        client.get("/me/canary-one?email=canary-two", headers={"cookie": "session=canary-three", "user-agent": "canary-four"})
        client.get("/canary-five/x")
    assert "canary" not in str(lines)
    assert {"method": "GET", "route": "/me/{link}", "status": 200}.items() <= lines[0].items()


def test_five_thousand_hostile_bodies_bring_no_server_error(client: Client) -> None:
    seed = 20261124
    rng = random.Random(seed)
    targets = [("POST", "/api/v1/trial"), ("POST", "/f/trial"), ("POST", "/center/trial"), ("PATCH", "/api/v1/trial"), ("POST", "/nowhere")]

    def send(method: str, path: str, body: Hostile) -> int:
        return client.request(method, path, content=body.content, headers={b"content-type": body.media.encode()}).status_code

    stood = storm(send, targets, hostile_bodies(rng, 5_000, fields=FIELDS), rng=rng)
    assert not stood.fallen, (seed, stood.fallen[:3])
    assert {200, 400, 404, 405, 413, 415, 422} <= set(stood.statuses), stood.statuses
