"""Settings: read once, refused with a reason, and every one of them documented."""

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, request

from geo.errors import InputError
from tests.webmap.conftest import ROOT, dispose
from webmap import create_app
from webmap.logic.config import Config
from webmap.web.access import public

NEEDED = {"DATABASE_URL": "postgresql+psycopg:///x"}


def settings(tmp_path: Path, **more: str) -> Config:
    return Config.from_env({**NEEDED, "FUCHUN_STATE": str(tmp_path), **more})


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    sources = [
        (ROOT / "webmap" / name).read_text(encoding="utf-8")
        for name in ("logic/config.py", "cli/console.py", "logic/fonts.py", "../geo/db/cluster.py")
    ]
    read = {name for source in sources for name in re.findall(r'"(FUCHUN_[A-Z_]+|DATABASE_[A-Z_]*URL)"', source)}
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)`", text, re.MULTILINE)) == read


def test_without_settings_the_program_runs_plainly(tmp_path: Path) -> None:
    config = settings(tmp_path)
    assert config.basemap_tiles == ()
    assert config.public_boundaries
    assert not config.cookie_secure
    assert config.proxies == 0


def test_what_is_set_is_what_holds(tmp_path: Path) -> None:
    config = settings(
        tmp_path,
        FUCHUN_SECRET_KEY="k",
        FUCHUN_BASEMAP_TYPE="raster",
        FUCHUN_BASEMAP_URL="https://tiles.example/{z}/{x}/{y}.png",
        FUCHUN_BASEMAP_ATTRIBUTION="© 某",
        FUCHUN_MAP_APPROVAL="浙S(2026)00号",
        FUCHUN_PUBLIC_BOUNDARIES="False",
        FUCHUN_ICP="浙ICP备0号",
        FUCHUN_DEFAULT_DISTRICT="330111",
        FUCHUN_COOKIE_SECURE="true",
        FUCHUN_PROXIES="2",
        FUCHUN_EMBED_ORIGINS="https://a.example https://*.b.example:8443",
        FUCHUN_PUBLIC_URL="https://map.example.cn/",
    )
    assert config == Config(
        database_url=NEEDED["DATABASE_URL"],
        state_dir=tmp_path,
        secret_key="k",
        basemap_type="raster",
        basemap_url="https://tiles.example/{z}/{x}/{y}.png",
        basemap_attribution="© 某",
        map_approval="浙S(2026)00号",
        public_boundaries=False,
        icp="浙ICP备0号",
        default_district="330111",
        cookie_secure=True,
        proxies=2,
        embed_origins=("https://a.example", "https://*.b.example:8443"),
        public_url="https://map.example.cn",
    )
    assert config.basemap_origins == ("https://tiles.example",)


def test_tianditu_has_ground_and_labels_in_web_mercator(tmp_path: Path) -> None:
    config = settings(tmp_path, FUCHUN_BASEMAP_TYPE="tianditu", FUCHUN_TIANDITU_KEY="abc")
    ground, labels = config.basemap_tiles
    assert all("LAYER=vec&" in tile and "{z}" in tile and tile.endswith("tk=abc") for tile in ground)
    assert all("LAYER=cva&" in tile for tile in labels)
    assert config.basemap_origins == tuple(f"https://t{n}.tianditu.gov.cn" for n in range(8))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"FUCHUN_BASEMAP_TYPE": "gaode"}, "FUCHUN_BASEMAP_TYPE=gaode: write one of none, raster, tianditu"),
        ({"FUCHUN_BASEMAP_TYPE": "tianditu"}, "needs FUCHUN_TIANDITU_KEY"),
        ({"FUCHUN_BASEMAP_TYPE": "raster"}, "{z}/{x}/{y}"),
        ({"FUCHUN_BASEMAP_TYPE": "raster", "FUCHUN_BASEMAP_URL": "ftp://x/{z}/{x}/{y}"}, "{z}/{x}/{y}"),
        (
            {"FUCHUN_BASEMAP_TYPE": "raster", "FUCHUN_BASEMAP_URL": "https://x; script-src *//{z}/{x}/{y}"},
            "host name is not usable",
        ),
        ({"FUCHUN_COOKIE_SECURE": "ja"}, "FUCHUN_COOKIE_SECURE=ja: write one of true, false"),
        ({"FUCHUN_PUBLIC_URL": "map.example.cn"}, "FUCHUN_PUBLIC_URL=map.example.cn: write an address such as"),
        ({"FUCHUN_PROXIES": "-1"}, "FUCHUN_PROXIES=-1: write a whole number"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(tmp_path: Path, more: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        settings(tmp_path, **more)


def test_the_key_is_made_once_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    first = settings(state).secret_key
    assert len(first) > 40
    assert settings(state).secret_key == first
    assert stat.S_IMODE((state / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in state.iterdir()] == ["secret_key"]


def test_a_proxy_is_believed_only_when_it_is_configured(config: Config, translations: None) -> None:
    def seen(config: Config) -> str:
        app = create_app(config)
        app.add_url_rule("/seen", view_func=public(lambda: f"{request.scheme} {request.remote_addr}"), endpoint="seen")
        headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7", "X-Forwarded-Proto": "https"}
        try:
            return app.test_client().get("/seen", headers=headers).text
        finally:
            dispose(app)

    assert seen(config) == "http 127.0.0.1"
    assert seen(replace(config, proxies=1)) == "https 203.0.113.7"


def test_health_says_so_when_the_database_does_not_answer(app: Flask, config: Config) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["ok"]) == (200, True)
    gone = create_app(replace(config, database_url="postgresql+psycopg://x@/x?host=/nonexistent"))
    answer = gone.test_client().get("/healthz")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "/nonexistent" not in answer.text


@pytest.mark.parametrize("value", ["map.example.cn:8000", "https://map.example.cn", "a,b", "a/b", "a;b"])
def test_a_name_of_the_site_is_a_bare_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(InputError, match="FUCHUN_HOSTS"):
        settings(tmp_path, FUCHUN_HOSTS=value)
    assert settings(tmp_path, FUCHUN_HOSTS="Map.Example.cn [2001:db8::7]").hosts == ("map.example.cn", "[2001:db8::7]")


def test_a_site_over_https_takes_no_tiles_over_http(tmp_path: Path) -> None:
    tiles = {"FUCHUN_BASEMAP_TYPE": "raster", "FUCHUN_BASEMAP_URL": "http://tiles.example/{z}/{x}/{y}.png"}
    assert settings(tmp_path, **tiles).basemap_tiles
    with pytest.raises(InputError, match="HTTPS"):
        settings(tmp_path, **tiles, FUCHUN_COOKIE_SECURE="true")
