"""The form of a channel field by field and single documents: the same as in the package, under the same rules."""

import json

import pytest

from service.cases.paper_schemas import DOCUMENTS
from tests.cases.case_requests import consent, new_case, packed, report
from tests.cases.test_package_evidence import attach, picture
from tests.clients import Api

LONG = "扰" * 2000


async def test_the_form_can_be_copied_field_by_field_and_says_what_was_cut(api: Api) -> None:
    reporter = await api.reporter()
    ids = [await report(reporter, narrative=LONG), await report(reporter)]
    case_id = (await new_case(reporter, *ids))["case_id"]
    documents = await packed(reporter, case_id, "12321")
    answer = await reporter.get(f"/v1/cases/{case_id}/packages/12321/fields")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told, in_file = answer.json(), json.loads(documents["fields.json"])
    assert [(form["report_id"], form["place"]) for form in told["forms"]] == [(ids[0], 1), (ids[1], 2)]
    for form, filed in zip(told["forms"], in_file["forms"], strict=True):
        kept = [{name: field[name] for name in filed["fields"][0]} for field in form["fields"]]
        assert kept == filed["fields"]
    long, short = ({field["id"]: field for field in form["fields"]} for form in told["forms"])
    assert (long["content"]["is_cut"], long["content"]["max_length"]) == (True, 1000)
    assert short["content"]["is_cut"] is False
    assert short["captcha"]["value"] is None
    assert told["missing"] == in_file["missing"]
    assert told["documents"] == list(DOCUMENTS)


async def test_other_peoples_numbers_are_masked_in_fields_as_in_the_package(api: Api) -> None:
    reporter = await api.reporter()
    spoken = "对方还打给我母亲 19790007777，身份证 11010519491231002X。"
    case_id = (await new_case(reporter, await report(reporter, narrative=spoken)))["case_id"]
    assert (await consent(reporter, case_id, "12321")).status_code == 201
    text = (await reporter.get(f"/v1/cases/{case_id}/packages/12321/fields")).text
    assert "母亲" in text
    assert "19790007777" not in text
    assert "11010519491231002X" not in text


async def test_each_document_is_had_alone_with_the_bytes_that_it_has_in_the_package(api: Api) -> None:
    reporter = await api.reporter()
    report_id = await report(reporter)
    await attach(reporter, report_id, picture())
    case_id = (await new_case(reporter, report_id))["case_id"]
    documents = await packed(reporter, case_id, "police")
    assert set(documents) - set(DOCUMENTS) == {"SHA256SUMS", *(n for n in documents if n[:9] == "evidence/")}
    for name, media_type in DOCUMENTS.items():
        answer = await reporter.get(f"/v1/cases/{case_id}/packages/police/documents/{name}")
        assert (answer.status_code, answer.content) == (200, documents[name]), name
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == (
            "no-store",
            "nosniff",
        )
    refused = await reporter.get(f"/v1/cases/{case_id}/packages/police/documents/SHA256SUMS")
    assert refused.status_code == 422


@pytest.mark.parametrize("alone", ["fields", "documents/statement.pdf"])
async def test_what_keeps_the_package_back_keeps_its_parts_back(api: Api, alone: str) -> None:
    reporter, other = await api.reporter(), await api.reporter(cluster=2)
    case_id = (await new_case(reporter))["case_id"]
    path = f"/v1/cases/{case_id}/packages/police/{alone}"
    assert (await reporter.get(path)).json()["code"] == "consent_missing"
    assert (await consent(reporter, case_id, "police")).status_code == 201
    assert (await other.get(path)).status_code == 404
    assert (await reporter.get(path)).status_code == 200
    unfit = f"/v1/cases/{case_id}/packages/nfra_complaint/{alone}"
    assert (await reporter.get(unfit)).json()["code"] == "channel_does_not_fit"
    await reporter.delete(f"/v1/cases/{case_id}/consents/police")
    assert (await reporter.get(path)).json()["code"] == "consent_missing"
    assert (await consent(reporter, case_id, "police")).status_code == 201
    assert (await reporter.put("/v1/me/restriction")).status_code < 300
    assert (await reporter.get(path)).json()["code"] == "restricted"
    await reporter.delete("/v1/me/restriction")
    await reporter.delete(f"/v1/cases/{case_id}")
    assert (await reporter.get(path)).json()["code"] == "case_withdrawn"
