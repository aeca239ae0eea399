"""`dunwatch disputes`: lists what waits for a person, and ends it."""

import json
from uuid import uuid4

from tests.clients import NUMBER, Api
from tests.command_line import Dunwatch


async def test_disputes_are_listed_and_decided_by_command(api: Api, dunwatch: Dunwatch) -> None:
    empty = dunwatch("disputes", "list")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "No dispute waits" in empty.stderr
    owner = await api.owner()
    body = {"reason": "never_called", "statement": "本机从未外呼，号码被冒用。"}
    opened = (await owner.post("/v1/disputes", json=body)).json()
    listed = json.loads(dunwatch("disputes", "list", "--json").stdout)
    assert (listed["dispute_id"], listed["number"]) == (opened["dispute_id"], NUMBER)
    assert listed["statements"] == [body["statement"]]
    assert body["statement"] in dunwatch("disputes", "list").stdout
    options = ("--decision", "cleared", "--reason", "话单已核对", "--by", "wang")
    decided = dunwatch("disputes", "decide", opened["dispute_id"], "upheld", *options)
    assert decided.returncode == 0, decided.stderr
    (row,) = await api.fetch("SELECT decision, reason, decided_by FROM decisions")
    assert tuple(row) == ("cleared", "话单已核对", "wang")
    assert (await owner.get(f"/v1/disputes/{opened['dispute_id']}")).json()["explanation"] == "话单已核对"
    again = dunwatch("disputes", "decide", opened["dispute_id"], "rejected", "--reason", "话单已核对")
    assert again.returncode == 2
    assert "ended (upheld)" in again.stderr


async def test_a_command_that_makes_no_sense_changes_nothing_and_says_why(
    api: Api, dunwatch: Dunwatch
) -> None:
    for arguments, words in (
        (("upheld", "--reason", "话单已核对"), "--decision"),
        (("rejected", "--decision", "cleared", "--reason", "话单已核对"), "--decision"),
        (("maybe", "--reason", "话单已核对"), "rejected"),
        (("rejected", "--reason", "话单已核对"), "nothing here"),
    ):
        done = dunwatch("disputes", "decide", str(uuid4()), *arguments)
        assert done.returncode == 2
        assert words in done.stderr
