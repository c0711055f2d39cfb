"""The program of a plan in which nothing is decided: its steps, one after the other."""

from collections.abc import Iterator

from claw.skills.already import unless
from claw.skills.plan import Before, Chosen, Datum, Doing, Fixed, Found, Given, Named, Plan, Scale, Things

NOTIFY = "claw.notify"

THERE = """\
def there(one):
    try:
        state(one)
    except LookupError:
        return False
    return True


"""
"""What a program asks of things that stand in it by their ids: whether the house still has them."""


def program(plan: Plan, before: Before) -> str:
    """Return the program that takes the steps of ``plan``, each only for things that are not so already.

    Its parameters are variables that it does not assign; ``before`` is the house before the last request.
    """
    lines: list[str] = []
    for doing in plan.doings:
        if doing.service == NOTIFY:
            lines.append(_message(doing))
        elif isinstance(doing.things, Found):
            lines += (f"found = {search(doing.things, _unless(doing, before, 'one'))}", "if found:")
            lines.append(f"    {_call(doing, 'found')}")
        else:
            lines += _on_these(doing, before)
    text = "\n".join(lines) + "\n"
    return THERE + text if "there(" in text else text


def _on_these(doing: Doing, before: Before) -> Iterator[str]:
    """Yield the lines of a step whose things are known; a thing that is not there any more is left out."""
    one = things(doing.things)
    if one == "()":
        yield _call(doing, one)
        return
    several = isinstance(doing.things, Named) and len(doing.things.ids) != 1
    wants = [] if isinstance(doing.things, Chosen) else [f"there({'one' if several else one})"]
    not_so = _unless(doing, before, "one" if several else one)
    wants += [not_so] if not_so else []
    if several:
        yield f"found = [one for one in {one} if {' and '.join(wants)}]"
        yield "if found:"
        yield f"    {_call(doing, 'found')}"
    elif wants:
        yield f"if {' and '.join(wants)}:"
        yield f"    {_call(doing, one)}"
    else:
        yield _call(doing, one)


def _unless(doing: Doing, before: Before, one: str) -> str:
    entities, data = doing.seen[-1]
    state = before.state(entities[0]) if entities else None
    given = {key: expression(datum) for key, datum in doing.data.items() if isinstance(datum, Given)}
    return unless(doing.service, data, given, state, one) if state is not None else ""


def search(what: Found, not_so: str = "") -> str:
    """Return the expression that gives the ids of the things that ``what`` is, with ``not_so`` said of each ``one``."""
    filters = [("domain", repr(what.domain)), ("area", what.area if what.given else repr(what.area))]
    filters += [(key, repr(getattr(what, key))) for key in ("floor", "label", "device_class", "state")]
    call = f"find({', '.join(f'{key}={value}' for key, value in filters if value != repr(''))})"
    wants = [*_wants(what), *([not_so] if not_so else [])]
    return f"[one for one in {call} if {' and '.join(wants)}]" if wants else call


def expression(datum: Datum) -> str:
    """Return the expression of a value."""
    return repr(datum.value) if isinstance(datum, Fixed) else scaled(datum.parameter, datum.scale)


def scaled(parameter: str, scale: Scale) -> str:
    """Return the expression by which a parameter becomes a datum."""
    if scale == "percent":
        return f"{parameter} / 100"
    return f"round({parameter} * 255 / 100)" if scale == "byte" else parameter


def things(what: Things) -> str:
    """Return the expression of the things of a step."""
    match what:
        case Chosen(parameter=name):
            return name
        case Named(ids=ids):
            return "()" if not ids else repr(ids[0]) if len(ids) == 1 else repr(list(ids))
        case Found():
            return search(what)


def _call(doing: Doing, of: str) -> str:
    data = [f"{key}={expression(datum)}" for key, datum in sorted(doing.data.items())]
    if any(not key.isidentifier() for key in doing.data):
        data = [f"**{{{', '.join(f'{key!r}: {expression(datum)}' for key, datum in sorted(doing.data.items()))}}}"]
    given = [of] if of != "()" else []
    return f"await call({', '.join([repr(doing.service), *given, *data])})"


def _message(doing: Doing) -> str:
    text, to = doing.data["text"], doing.data["to"]
    whom = to.value if isinstance(to, Fixed) else "me"
    # A talk's own address is of that talk: whoever asks the next time is "me" as well.
    me = not isinstance(whom, str) or whom.partition(":")[0] in {"conversation", "place"}
    return f"await notify({expression(text)}, to={'me' if me else whom!r})".replace("to=me", "to='me'")


def _wants(what: Found) -> Iterator[str]:
    if what.modes:
        yield f"any(mode in {list(what.modes)!r} for mode in state(one, 'supported_color_modes') or [])"
    for bits in what.needs:
        yield f"(state(one, 'supported_features') or 0) & {bits}"
