"""A webhook belongs to its reporter; its secret is shown once and kept encrypted."""

from uuid import uuid4

import pytest

from service.settings import Settings
from service.webhooks.router import MOST_WEBHOOKS
from tests.clients import Api, text_of_everything
from tests.receiver import Receiver


async def test_the_secret_is_shown_once_and_stored_encrypted(api: Api, receiver: Receiver) -> None:
    reporter = await api.reporter()
    made = (await reporter.post("/v1/webhooks", json={"url": receiver.url})).json()
    assert made["secret"].startswith("whsec_")
    listed = (await reporter.get("/v1/webhooks")).json()["webhooks"]
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    stored = await text_of_everything(api.database)
    assert made["secret"] not in stored
    assert receiver.url not in stored


async def test_anothers_webhook_does_not_exist(api: Api, receiver: Receiver) -> None:
    made = (await (await api.reporter()).post("/v1/webhooks", json={"url": receiver.url})).json()
    another = await api.reporter()
    assert (await another.get("/v1/webhooks")).json() == {"webhooks": []}
    for webhook_id in (made["webhook_id"], uuid4()):
        for method, path in (("DELETE", ""), ("POST", "/test")):
            answer = await another.request(method, f"/v1/webhooks/{webhook_id}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await api.count("webhooks") == 1


async def test_a_removed_webhook_is_gone_with_what_waited_for_it(api: Api, receiver: Receiver) -> None:
    reporter = await api.reporter()
    made = (await reporter.post("/v1/webhooks", json={"url": receiver.url})).json()
    await reporter.post(f"/v1/webhooks/{made['webhook_id']}/test")
    assert (await reporter.delete(f"/v1/webhooks/{made['webhook_id']}")).status_code == 204
    assert (await reporter.delete(f"/v1/webhooks/{made['webhook_id']}")).status_code == 404
    assert await api.count("webhooks") == await api.count("webhook_messages") == 0


async def test_the_number_of_webhooks_is_limited(api: Api, receiver: Receiver) -> None:
    reporter = await api.reporter()
    answers = [
        await reporter.post("/v1/webhooks", json={"url": receiver.url}) for _ in range(MOST_WEBHOOKS + 1)
    ]
    assert [answer.status_code for answer in answers] == [201] * MOST_WEBHOOKS + [409]
    assert answers[-1].json()["code"] == "limit_reached"


class TestWithTheSettingsOfOperation:
    """As it runs: private addresses are refused."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Settings as they come."""
        return settings.model_copy(update={"webhook_allow_private": False})

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/hook",
            "https://127.0.0.1/hook",
            "https://10.0.0.1/hook",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/hook",
            "https://[::1]/hook",
            "https://[::ffff:10.0.0.1]/hook",
            "https://2130706433/hook",
            "https://0177.0.0.1/hook",
            "https://0x7f.1/hook",
            "https://user:secret@example.org/hook",
        ],
    )
    async def test_a_private_address_is_refused_and_the_problem_says_why(self, api: Api, url: str) -> None:
        reporter = await api.reporter()
        for language, words in (("en", "This address cannot be used"), ("zh", "不能使用这个网址")):
            answer = await reporter.post(
                "/v1/webhooks", json={"url": url}, headers={"Accept-Language": language}
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "webhook_refused")
            assert words in answer.json()["detail"]
        assert await api.count("webhooks") == 0

    async def test_a_public_address_is_taken(self, api: Api) -> None:
        reporter = await api.reporter()
        answer = await reporter.post("/v1/webhooks", json={"url": "https://1.1.1.1/hook"})
        assert answer.status_code == 201
