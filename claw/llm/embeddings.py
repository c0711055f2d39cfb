"""Asks a model what texts mean, as numbers: at a server that a person configured, and only where one did.

It is asked as every other model is: as an action, within the budget, ended by the stop.  A search that gets no answer
goes on without, so nothing is tried twice here.  What the server sends is believed only where it is one row of finite
numbers for each text, all of one length.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from claw.base.action import Json
from claw.base.clock import Stopwatch, Timer, within
from claw.base.config import ModelConfig, read_key
from claw.base.errors import Unavailable
from claw.llm.call import Call, Completion, clean
from claw.llm.client import Line
from claw.llm.said import Said, meaning

Vector = tuple[float, ...]
"""What one text means: as many numbers as the model has."""

LONGEST_VECTOR = 8_192

_NOT_NUMBERS = "the model for embeddings answered with something else than numbers"


class Embeddings:
    """One model for embeddings at one server; ``complete`` may be called many times at once."""

    def __init__(self, config: ModelConfig, timer: Timer, *, key: Callable[[], str] | None = None) -> None:
        """``key`` is asked before every call, so that a new one needs no restart."""
        self.model = config.name
        self.host = urlsplit(config.base_url).hostname or config.base_url
        self._config = config
        self._timer = timer
        self._key = key or (lambda: read_key(config))
        self._line = Line(config)

    async def complete(self, call: Call) -> Completion:
        """Return the vectors of the messages of ``call``, as ``vectors_of`` reads them.

        Raises Broken where a person has to mend something, Refused for what the server will never take, Unavailable
        where it cannot be reached, fails or answers with nonsense.  Being cancelled closes the connection.
        """
        watch, found = Stopwatch(), list[object]()
        asked = self._ask(call, found)
        if not await within(self._timer, self._config.timeout_s, asked):
            raise Unavailable(f"the model for embeddings took longer than {self._config.timeout_s:g} seconds")
        vectors, tokens = _read(found[0], len(call.messages), call.tokens_in)
        return Completion(json.dumps(vectors), None, tokens, 0, "stop", watch.total())

    async def close(self) -> None:
        """Close what is open; it can be used again."""
        await self._line.close()

    async def _ask(self, call: Call, found: list[object]) -> None:
        body = {"model": self.model, "input": [clean(one["content"]) for one in call.messages]}
        answer = await self._line.post("/embeddings", body, self._key())
        if isinstance(answer, Said):
            raise meaning(answer, self.model, self.host)
        found.append(answer)


def vectors_of(completion: Completion) -> list[Vector]:
    """Return the vectors in the answer of an ``Embeddings``, one for each text that was asked about."""
    return [tuple(one) for one in json.loads(completion.text)]


def _read(answer: object, texts: int, estimate: int) -> tuple[list[list[float]], int]:
    """Return the vectors in the order of the texts, and the tokens that they cost; raises Unavailable."""
    try:
        whole = cast("Any", answer)
        rows = cast("Sequence[Json]", whole["data"])
        places = [row.get("index", at) for at, row in enumerate(rows)]
        by_place = {place: [float(one) for one in row["embedding"]] for place, row in zip(places, rows, strict=True)}
        vectors = [by_place[at] for at in range(texts)]
        tokens: object = (whole.get("usage") or {}).get("prompt_tokens", estimate)
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
        raise Unavailable(_NOT_NUMBERS) from error
    lengths = {len(one) for one in vectors}
    sound = len(rows) == texts and len(lengths) == 1 and 0 < lengths.pop() <= LONGEST_VECTOR
    if not sound or not all(math.isfinite(number) for one in vectors for number in one):
        raise Unavailable(_NOT_NUMBERS)
    counted = tokens if isinstance(tokens, int) and 0 <= tokens <= 10 * estimate else estimate
    return vectors, counted
