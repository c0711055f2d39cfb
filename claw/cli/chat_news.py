"""Which of all that happens is worth a line in a talk, and in which words; pure: its tests read like a table."""

from collections.abc import Callable, Mapping, Sequence

from claw.base.action import Json
from claw.cli.show import safe


class News:
    """What one talk has heard of already.

    ``stopped`` is whether Claw is stopped, ``known`` the questions that were told or shown here.
    """

    def __init__(self, thread: str, status: Mapping[str, Json], waiting: Sequence[Mapping[str, Json]]) -> None:
        """``thread`` names this talk among those of one user; the rest is how things are when it begins."""
        self._thread = thread
        self.stopped = bool(status["stop"]["engaged"])
        self._ready = bool(status["link"]["ready"])
        self._entities = int(status["entities"])
        self.known = {str(one["id"]) for one in waiting}
        self._words: dict[str, Callable[[Mapping[str, Json]], str]] = {
            "message": self._message,
            "stop": self._stop,
            "pause": self._pause,
            "link": self._link,
            "pending": self._pending,
            "gone": lambda _: "[red]The daemon has gone; waiting for it.[/]",
            "back": lambda _: "[green]The daemon is back.[/]",
        }

    def welcome(self) -> str:
        """Return what is said first."""
        lines = [f"[dim]{self._entities} things in the house. Say something to it, or /help; Ctrl-D ends.[/]"]
        if self.stopped:
            lines.append("[bold red]Claw is stopped.[/] claw reset --reason WHY lets it go on.")
        if not self._ready:
            lines.append("[red]The house cannot be reached.[/]")
        if self.known:
            lines.append(f"[yellow]{_questions(len(self.known))}[/] /pending shows what.")
        return "\n".join(lines)

    def of(self, event: Mapping[str, Json]) -> str:
        """Return what to say of an event, with markup and in one line or more; empty where it is nobody's news."""
        words = self._words.get(str(event.get("type", "")))
        return words(event) if words is not None else ""

    def mine(self, conversation: str) -> bool:
        """Return whether a conversation is this talk."""
        return conversation.endswith(f":{self._thread}")

    def doing(self, event: Mapping[str, Json]) -> str | None:
        """Return what is being done about what was said here; None where the event is about anything else."""
        if event.get("type") != "doing" or not self.mine(str(event["conversation"])):
            return None
        return str(event["text"])

    def _message(self, event: Mapping[str, Json]) -> str:
        kind, _, name = str(event["to"]).partition(":")
        if kind == "place" or (kind == "conversation" and not self.mine(name)):
            return ""
        style = "bold red" if event.get("kind") == "alarm" else "yellow"
        return f"[{style}]{safe(str(event['text']))}[/]"

    def _stop(self, event: Mapping[str, Json]) -> str:
        before, self.stopped = self.stopped, bool(event["engaged"])
        if self.stopped == before:
            return ""
        if self.stopped:
            by = f" by {safe(str(event['by']))}" if event.get("by") else ""
            return f"[bold red]Stopped{by}: {safe(str(event['reason']))}[/]"
        return "[green]Claw goes on: the stop was reset.[/]"

    def _pause(self, event: Mapping[str, Json]) -> str:
        return "[yellow]Paused: nothing new is begun.[/]" if event["paused"] else "[green]The pause is over.[/]"

    def _link(self, event: Mapping[str, Json]) -> str:
        before, self._ready = self._ready, event["status"] == "ready"
        if self._ready == before:
            return ""
        return "[green]The house is there again.[/]" if self._ready else "[red]The house cannot be reached.[/]"

    def _pending(self, event: Mapping[str, Json]) -> str:
        asked = [one for one in event["pending"] if one["id"] not in self.known]
        self.known.update(str(one["id"]) for one in asked)
        others = [one for one in asked if not self.mine(str(one["origin"]["conversation"]))]
        if not others:
            return ""
        first = str(others[-1]["card"]["question"]).partition("\n")[0]
        return f"[yellow]{_questions(len(others))}[/] {safe(first)} /pending answers."


def _questions(count: int) -> str:
    return "A question waits for a yes." if count == 1 else f"{count} questions wait for a yes."
