"""What one server takes and what it does not, learned from how it refuses.

There are as many dialects of OpenAI's interface as servers.  A request starts with everything that is useful; what a
server does not know is left out from then on.  Every lesson takes something away, so learning comes to an end.
"""

from dataclasses import dataclass, replace

from claw.base.action import Json
from claw.llm.call import Call, clean
from claw.llm.said import Said

RUN: Json = {
    "type": "function",
    "function": {
        "name": "run",
        "description": "Run a program in this house.",
        "parameters": {
            "type": "object",
            "properties": {"program": {"type": "string", "description": "Python source"}},
            "required": ["program"],
            "additionalProperties": False,
        },
    },
}
"""The one tool there is."""

_REFUSING = frozenset({400, 404, 422, 500, 501})


@dataclass(frozen=True, slots=True)
class Manners:
    """Which optional parts of a request a server takes; ``keep_tools``: it has to take tools."""

    tools: bool = True
    keep_tools: bool = False
    usage: bool = True
    temperature: bool = True
    limit: str = "max_tokens"

    def body(self, model: str, call: Call) -> dict[str, Json]:
        """Return the request for ``call`` as this server takes it."""
        body: dict[str, Json] = {
            "model": model,
            "messages": [{"role": one["role"], "content": clean(one["content"])} for one in call.messages],
            "stream": True,
            self.limit: call.max_tokens,
        }
        if self.usage:
            body["stream_options"] = {"include_usage": True}
        if self.temperature:
            body["temperature"] = 0
        if self.tools and call.tool:
            body["tools"] = [RUN]
        return body

    def learned(self, said: Said, call: Call) -> "Manners | None":
        """Return the manners to try next after a server said this, None where nothing is to be learned from it."""
        if said.status not in _REFUSING or said.too_long:
            return None
        if self.limit == "max_tokens" and "max_completion_tokens" in said.words:
            return replace(self, limit="max_completion_tokens")
        if self.temperature and "temperature" in said.words:
            return replace(self, temperature=False)
        if self.usage and ("stream_options" in said.words or "include_usage" in said.words):
            return replace(self, usage=False)
        offered = self.tools and call.tool and not self.keep_tools
        if offered and (said.unexplained or "tool" in said.words or "function call" in said.words):
            return replace(self, tools=False)
        return None
