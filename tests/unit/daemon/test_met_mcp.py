from pathlib import Path

from tests.modelling import call, modelling, over_http, token_of


async def test_it_answers_while_it_is_started_and_its_jobs_hear_what_came(tmp_path: Path) -> None:
    async with modelling(tmp_path) as served:
        assert served.daemon.socket.agents is not None
        async with over_http(served, token_of(served)) as client:
            job = await call(client, "act", actions=[{"name": "lock.unlock", "entities": ["lock.front_door"]}])
            assert job["state"] == "waiting"
            page = served.page()
            path = f"/api/pending/{job['question']['id']}"
            status, _, _ = await served.ask("POST", path, token=None, headers=page, json={"answer": "yes"})
            assert status == 200
            assert (await call(client, "job", id=job["job"]))["state"] == "done"
    assert served.daemon.socket.agents is None
