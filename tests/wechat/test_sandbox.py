"""The sandbox: WeChat's place on a developer's machine, and nowhere else."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image

from server.core import clock
from server.core.config import Configuration, ConfigurationError, from_environment
from server.core.errors import Refusal
from server.core.redis import RedisSwitch
from server.wechat import routes
from server.wechat.platform import MediaVerdict, platform_for
from server.wechat.sandbox import Sandbox, openid_of
from tests.wechat.conftest import AWAY

PRODUCTION = {
    "RONGHE_ENV": "production",
    "DATABASE_URL": "postgresql:///ronghe",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "k" * 32,
    "KEY_RING_DIR": "/keys",
    "MEDIA_DIR": "/media",
    "PUBLIC_URL": "https://ronghe.test",
    "WECHAT_TOKEN": "callback-token",
    "SMS_GATEWAY_URL": "off",
}


def test_production_refuses_the_sandbox() -> None:
    with pytest.raises(ConfigurationError, match="WECHAT_APPID"):
        from_environment(dict(PRODUCTION))


def test_production_with_an_appid_uses_wechat(open_switch: Callable[[str], RedisSwitch]) -> None:
    configuration = from_environment(
        {**PRODUCTION, "WECHAT_APPID": "wx1", "WECHAT_SECRET": "secret"}
    )
    assert platform_for(configuration, open_switch(AWAY)).name == "wechat"


def test_an_appid_in_development_leaves_the_sandbox(
    configure: Callable[..., Configuration], open_switch: Callable[[str], RedisSwitch]
) -> None:
    configuration = configure(WECHAT_APPID="wx1", WECHAT_SECRET="secret")
    assert platform_for(configuration, open_switch(AWAY)).name == "wechat"


def test_the_same_key_is_the_same_person_whatever_the_nonce(sandbox: Sandbox) -> None:
    first, again, other = (
        sandbox.code2session(code).openid
        for code in ("sandbox:anna:1", "sandbox:anna:2", "sandbox:berta:1")
    )
    assert first == again == openid_of("anna")
    assert first != other
    assert re.fullmatch(r"o[0-9A-Za-z_-]{27}", first)


def test_a_key_may_hold_colons(sandbox: Sandbox) -> None:
    assert sandbox.code2session("sandbox:a:b:1").openid == openid_of("a:b")


def test_any_other_code_is_a_person_too(sandbox: Sandbox) -> None:
    assert sandbox.code2session("the code is a mock one").openid


@pytest.mark.parametrize("code", ["bad", "bad:1", "", "sandbox:", "sandbox::1"])
def test_a_bad_code_is_refused_as_wechat_does(sandbox: Sandbox, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        sandbox.code2session(code)
    assert caught.value.code == "wechat_code_refused"


def test_a_phone_number_is_nobodys(sandbox: Sandbox) -> None:
    assert re.fullmatch(r"100\d{8}", sandbox.phone_number("sandbox:anna:1"))


@pytest.mark.parametrize(
    "text", ["违禁词测试", "请看 违禁 词 测试 一下", "Ｆｏｒｂｉｄｄｅｎ-ＷＯＲＤ", "真是傻逼"]
)
def test_a_listed_word_is_found_whatever_its_width_case_and_spaces(
    sandbox: Sandbox, text: str
) -> None:
    verdict = sandbox.check_text("o-anna", text)
    assert (verdict.passed, verdict.label) == (False, 20003)


@pytest.mark.parametrize("text", ["办得很快，谢谢！", "等了三个小时，太慢了。", ""])
def test_other_texts_pass(sandbox: Sandbox, text: str) -> None:
    assert sandbox.check_text("o-anna", text).passed


def test_the_note_of_a_check_holds_neither_text_nor_person(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.check_text(openid_of("anna"), "办得很快，谢谢！")
    noted = (tmp_path / "sandbox" / "text-checks.jsonl").read_text()
    assert "办得很快" not in noted
    assert openid_of("anna") not in noted
    assert set(json.loads(noted)) == {"at", "length", "passed", "word"}


def test_picture_verdicts_wait_to_be_fetched_and_may_be_fetched_again(sandbox: Sandbox) -> None:
    passed = sandbox.check_media("o-anna", "http://ronghe.test/media/x")
    refused = sandbox.check_media("o-anna", "http://ronghe.test/media/y?suggest=risky")
    verdicts = [MediaVerdict(passed, passed=True), MediaVerdict(refused, passed=False)]
    assert sandbox.media_verdicts() == verdicts
    assert sandbox.media_verdicts() == verdicts


def test_old_verdicts_are_not_given_out_for_ever(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.check_media("o-anna", "http://ronghe.test/media/x")
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sandbox.media_verdicts() == []


def test_another_process_sees_the_verdicts(
    sandbox: Sandbox, configure: Callable[..., Configuration]
) -> None:
    trace = sandbox.check_media("o-anna", "http://ronghe.test/media/x")
    assert Sandbox(configure()).media_verdicts() == [MediaVerdict(trace, passed=True)]


def test_a_qr_code_is_a_png_and_a_bad_scene_an_error(sandbox: Sandbox) -> None:
    with Image.open(io.BytesIO(sandbox.qr_code("d12", "pages/rate/index"))) as image:
        assert image.format == "PNG"
        assert image.width == image.height >= 250
    with pytest.raises(ValueError, match="scene"):
        sandbox.qr_code("部门", "pages/rate/index")


def test_long_notes_are_read_from_their_end(sandbox: Sandbox) -> None:
    for number in range(3000):
        sandbox.send_message(
            "o-anna", f"template-{number}", "pages/mine/index", {"thing1": "好" * 20}
        )
    messages = sandbox.messages()
    assert messages[0]["template"] == "template-2999"
    assert 100 < len(messages) < 3000


@pytest.fixture
def client(sandbox: Sandbox, configure: Callable[..., Configuration]) -> FlaskClient:
    """An application with nothing but the sandbox's routes."""
    templates = Path(routes.__file__).parents[1] / "templates"
    app = APIFlask("test", static_folder=None, template_folder=str(templates))
    app.config["CONFIGURATION"] = Configuration(**{**vars(configure()), "limits_enabled": False})
    app.extensions["wechat"] = sandbox
    app.extensions["limits"] = None
    app.register_blueprint(routes.sandbox)
    return app.test_client()


def test_without_a_demo_there_are_three_citizens(client: FlaskClient) -> None:
    items = client.get("/api/v1/sandbox/people").json["items"]
    assert [one["role_label"] for one in items] == ["市民", "市民", "市民"]
    assert set(items[0]) == {"key", "name", "role_label"}


def test_the_demos_people_are_listed(client: FlaskClient, tmp_path: Path) -> None:
    people = [{"key": "secretary", "name": "周书记", "role_label": "支部书记"}]
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "people.json").write_text(json.dumps(people))
    assert client.get("/api/v1/sandbox/people").json == {"items": people}


def test_the_page_shows_messages_and_checks_and_no_openid(
    client: FlaskClient, sandbox: Sandbox
) -> None:
    sandbox.send_message(
        openid_of("citizen-1"), "receipt", "pages/mine/index", {"thing1": "<已收到>"}
    )
    sandbox.send_message(openid_of("stranger"), "receipt", "pages/mine/index", {"thing1": "再次"})
    sandbox.check_text(openid_of("citizen-1"), "违禁词测试")
    trace = sandbox.check_media(openid_of("citizen-1"), "http://ronghe.test/media/x")
    page = client.get("/sandbox/")
    assert page.status_code == 200
    for shown in ("市民甲", "访客", "thing1：&lt;已收到&gt;", "未通过", "违禁词测试", trace):
        assert shown in page.text
    for key in ("citizen-1", "stranger"):
        assert openid_of(key) not in page.text


def test_the_routes_answer_404_where_wechat_itself_is_the_platform(
    client: FlaskClient,
    configure: Callable[..., Configuration],
    open_switch: Callable[[str], RedisSwitch],
) -> None:
    client.application.extensions["wechat"] = platform_for(
        configure(WECHAT_APPID="wx1", WECHAT_SECRET="s"), open_switch(AWAY)
    )
    with client.application.test_request_context(), pytest.raises(Refusal) as caught:
        routes.people()
    assert caught.value.status == 404
