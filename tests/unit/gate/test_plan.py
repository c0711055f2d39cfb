from claw.base.action import Action, Decision, Terms
from claw.gate.plan import Asked, Plan, apart, logged, together, withheld, without_codes
from tests.gate_room import LAMP_ON, UNLOCK

ALLOW = Decision("allow", "a", "")
CONFIRM = Decision("confirm", "c", "", terms=Terms())
GRANTED = Decision("allow", "a", "", grant="g1")


def test_what_is_risky_asked_or_granted_is_guarded() -> None:
    plan = Plan((LAMP_ON, UNLOCK, LAMP_ON, LAMP_ON), (ALLOW, ALLOW, CONFIRM, GRANTED), risky=frozenset({1}))
    assert [plan.guarded(at) for at in range(4)] == [False, True, True, True]
    assert plan.asks


def test_a_plan_denied_as_a_whole_has_no_part_that_is_not() -> None:
    plan = Plan((LAMP_ON, UNLOCK), (ALLOW, CONFIRM)).denied_for("never", "n1")
    assert {(one.effect, one.rule, one.why, one.terms) for one in plan.decisions} == {("deny", "n1", "never", None)}


def test_no_code_is_written_down() -> None:
    action = Action("lock.unlock", ("lock.door",), {"code": "4711"})
    body = withheld([action], Asked("unlock with 4711", undoes=(3,), first=7), "no", None)
    assert "4711" not in str(body)
    assert (body["undoes"], body["first"]) == ([3], 7)
    assert logged(action)["data"] == {"code": "(left out)"}
    assert without_codes("room 12, code 4711") == "room 12, code ****"


def test_what_is_of_a_program_names_its_run_and_nothing_else_does() -> None:
    assert Asked("do it", run="p1", program=4).as_json() == {"said": "do it", "run": "p1"}
    assert Asked("do it").as_json() == {"said": "do it"}


def test_how_many_tokens_were_spent_is_no_secret_and_a_token_is_one() -> None:
    data = {"tokens": 120, "token": 5, "access_tokens": "a"}
    assert logged(Action("claw.model", (), data))["data"] == {
        "tokens": 120,
        "token": "(left out)",
        "access_tokens": "(left out)",
    }
    assert logged(Action("claw.model", (), {"tokens": "abc"}))["data"] == {"tokens": "(left out)"}


def test_a_risky_action_is_taken_apart_thing_by_thing_and_put_together_again() -> None:
    both = Action("lock.unlock", ("lock.door", "lock.safe"), {"code": "4711"})
    lamps = Action("light.turn_on", ("light.a", "light.b"))
    said = Action("claw.notify", (), {"text": "dinner"})
    plan = Plan((lamps, both, said), (ALLOW, CONFIRM, CONFIRM), risky=frozenset({1, 2}))
    door, safe = (Action("lock.unlock", (entity,), {"code": "4711"}) for entity in both.entities)
    assert apart(plan) == (lamps, door, safe, said)
    assert together(apart(plan)) == plan.actions
    other = Action("lock.unlock", ("lock.door",), {"code": "0815"})
    assert together((door, other, said)) == (door, other, said)


def test_where_memory_had_a_part_every_risky_act_is_asked_for_whatever_rules_and_grants_say() -> None:
    plan = Plan((LAMP_ON, UNLOCK, UNLOCK, UNLOCK), (ALLOW, ALLOW, GRANTED, CONFIRM), risky=frozenset({1, 2, 3}))
    asked = plan.asked_first().decisions
    assert [one.effect for one in asked] == ["allow", "confirm", "confirm", "confirm"]
    for one in asked[1:3]:
        assert one.terms is not None
        assert (one.terms.roles, one.terms.strength, one.grant) == (("adult", "owner"), "session", None)
    assert asked[3] == CONFIRM
    denied = plan.denied_for("never", "n1")
    assert denied.asked_first() == denied
