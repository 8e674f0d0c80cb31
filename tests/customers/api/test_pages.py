"""The settings pages of tokens and connected shops: who opens them, what they show and do."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from accounts import tokens as api_tokens
from accounts.models import ApiToken, AuditEntry, User
from customers.ingestion import connections
from customers.models import ShopConnection

PAGES = [
    ("accounts:api_tokens", (), "GET POST"),
    ("accounts:api_token_revoke", ("token",), "POST"),
    ("customers:shops", (), "GET"),
    ("customers:shop_create", (), "GET POST"),
    ("customers:shop", ("shop",), "GET"),
    ("customers:prestashop_module", (), "GET"),
    ("customers:shop_rotate", ("shop",), "POST"),
    ("customers:shop_turn", ("shop",), "POST"),
    ("customers:shop_disconnect", ("shop",), "POST"),
]


@pytest.fixture
def rows(db: None) -> dict[str, int]:
    owner = User.objects.create_user("own@shop.test", role="administrator")
    token = api_tokens.create(owner, "till", ["orders:write"])[0]
    shop = connections.create(owner, kind="woocommerce", name="Lyon", allowed_origins=[])
    return {"token": token.pk, "shop": shop.pk}


@pytest.mark.parametrize(("page", "arguments", "methods"), PAGES)
def test_only_administrators_open_them(
    page: str, arguments: tuple[str, ...], methods: str, rows: dict[str, int],
    client: Client, marketer: Client, analyst: Client, administrator: Client,
) -> None:  # fmt: skip
    url = reverse(page, args=[rows[name] for name in arguments])
    for method in methods.split():
        assert client.generic(method, url).status_code == 302
        assert marketer.generic(method, url).status_code == 403
        assert analyst.generic(method, url).status_code == 403
    for method in {"GET", "POST", "PUT", "DELETE"} - set(methods.split()):
        assert administrator.generic(method, url).status_code == 405
    assert ApiToken.objects.get().revoked_at is None
    assert ShopConnection.objects.get().is_active


def test_a_token_is_shown_once_and_its_use_is_seen(administrator: Client) -> None:
    url = reverse("accounts:api_tokens")
    told = {"name": "Till", "scopes": ["orders:write"], "days": "30"}
    made = administrator.post(url, told)
    text = re.search(r'value="(tamis_[^"]+)"', made.text)
    assert text is not None
    token = api_tokens.find(text[1])
    assert token is not None
    assert token.scopes == ["orders:write"]
    assert token.expires_at is not None
    later = administrator.get(url)
    assert text[1] not in later.text
    assert "Write orders" in later.text
    assert "never" in later.text
    assert later.headers["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize(
    "told",
    [{"name": "", "scopes": ["orders:write"]}, {"name": "x"}, {"name": "x", "scopes": ["all"]}],
)
def test_a_token_needs_a_name_and_rights(administrator: Client, told: dict[str, object]) -> None:
    assert administrator.post(reverse("accounts:api_tokens"), told).status_code == 422
    assert not ApiToken.objects.exists()


def test_revoking_is_audited_and_ends_the_token(
    administrator: Client, rows: dict[str, int]
) -> None:
    administrator.post(reverse("accounts:api_token_revoke", args=[rows["token"]]))
    assert not api_tokens.is_live(ApiToken.objects.get())
    assert AuditEntry.objects.filter(action="api_token.revoked").count() == 1
    assert "1 token was revoked" in administrator.get(reverse("accounts:api_tokens")).text


@pytest.mark.parametrize("kind", ["woocommerce", "shopify", "prestashop"])
def test_connecting_a_shop_gives_what_to_paste(administrator: Client, kind: str) -> None:
    told = {"kind": kind, "name": "Lyon", "origins": "https://ignored.fr"}
    page = administrator.post(reverse("customers:shop_create"), told, follow=True)
    shop = ShopConnection.objects.get()
    assert connections.address_of(shop) in page.text
    secret = connections.secret_of(shop)
    assert (secret != "" and secret in page.text) == (kind != "shopify")
    assert shop.allowed_origins == []


def test_a_web_site_is_connected_by_its_origins(administrator: Client) -> None:
    url = reverse("customers:shop_create")
    told = {"kind": "site", "name": "Site"}
    for wrong in (
        "",
        "exemple.fr",
        "ftp://exemple.fr",
        "https://a:b@exemple.fr",
        "https://x:99999",
    ):
        assert administrator.post(url, told | {"origins": wrong}).status_code == 422
    origins = "https://WWW.exemple.fr:443/page\nhttp://localhost:8080"
    page = administrator.post(url, told | {"origins": origins}, follow=True)
    shop = ShopConnection.objects.get()
    assert shop.allowed_origins == ["https://www.exemple.fr", "http://localhost:8080"]
    assert "tamis-snippet.js" in page.text


def test_renewing_turning_off_and_disconnecting(
    administrator: Client, rows: dict[str, int]
) -> None:
    shop = ShopConnection.objects.get()
    before = connections.secret_of(shop)
    administrator.post(reverse("customers:shop_rotate", args=[shop.pk]))
    shop.refresh_from_db()
    assert connections.secret_of(shop) != before
    administrator.post(reverse("customers:shop_turn", args=[shop.pk]), {"on": "0"})
    assert "turned off" in administrator.get(reverse("customers:shops")).text
    administrator.post(reverse("customers:shop_disconnect", args=[shop.pk]))
    assert not ShopConnection.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="shop.").count() == 4


def test_the_module_of_prestashop_is_an_archive_it_installs(administrator: Client) -> None:
    answer = administrator.get(reverse("customers:prestashop_module"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert archive.namelist() == ["tamis/tamis.php"]
    assert b"class Tamis extends Module" in archive.read("tamis/tamis.php")
