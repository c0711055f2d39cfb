"""Which part of a request took how long: one trace for each request, across all rooms, for who wants to look at it.

A room that does a part of the work says so (``span``); whoever begins a request begins a trace (``Tracing.trace``), and
both meet in a context variable, so that no room knows who looks, or how.  Nobody looks unless the configuration says
so; then a span is one look at a variable.  What goes on after its request has ended, or comes late, is a trace of its
own that points back to the request.

A span says how long and what came of it.  It never holds a word of anybody's, a name, or a thing of the house: the
attributes are of the few kinds that ``Worth`` allows, and texts are words of Claw's own.
"""

import secrets
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from claw.base.clock import Clock

Worth = str | int | float | bool
"""What an attribute may be; a text is a word of Claw's own (a status, a path, the domain of an action)."""

MOST_LINKS = 8
MOST_SPANS = 1_000
"""Spans of one trace; what a program does more often than that is no trace to look at any more."""


class Mark(NamedTuple):
    """A point of a trace that another trace can point to."""

    trace: bytes
    span: bytes


class Span:
    """A part of a request that has ended: times in nanoseconds since 1970, ``parent`` empty for the first of a trace.

    ``trace`` (16 bytes) is the id of the request: every span of it has the same.
    """

    __slots__ = ("attributes", "began", "ended", "failed", "links", "name", "parent", "span", "trace")

    def __init__(self, name: str, trace: bytes, parent: bytes, began: int) -> None:
        self.name = name
        self.trace = trace
        self.span = secrets.token_bytes(8)
        self.parent = parent
        self.began = began
        self.ended = began
        self.failed = False
        self.attributes: dict[str, Worth] = {}
        self.links: list[Mark] = []

    @property
    def mark(self) -> Mark:
        """This point of its trace."""
        return Mark(self.trace, self.span)


Sink = Callable[[Span], None]
"""Takes a span that has ended; must be quick and raise nothing."""


class Timed(Protocol):
    """A part of the work that is under way; ``with`` it, or ``end`` it."""

    @property
    def mark(self) -> Mark | None:
        """The point that another trace can point to; None where nobody looks."""
        ...

    def note(self, **attributes: Worth) -> None:
        """Say something of it."""
        ...

    def link(self, mark: Mark | None) -> None:
        """Point to another trace."""
        ...

    def fail(self) -> None:
        """Say that it did not work."""
        ...

    def end(self) -> None:
        """End it, where it is not left by ``with``; the second time does nothing."""
        ...

    def __enter__(self) -> Self:
        """Begin: what begins within belongs to it."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; an error means that it failed, and goes on."""
        ...


class _Nothing:
    """What nobody looks at."""

    __slots__ = ()
    mark = None

    def note(self, **attributes: Worth) -> None:
        pass

    def link(self, mark: Mark | None) -> None:
        pass

    def fail(self) -> None:
        pass

    def end(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


_NOTHING: Timed = _Nothing()


class _Request:
    """One trace under way: whom its spans are told, by which clock, and whether its request goes on."""

    __slots__ = ("base", "goes_on", "left", "started", "tracing")

    def __init__(self, tracing: "Tracing") -> None:
        clock = tracing.clock
        self.tracing = tracing
        self.goes_on = True
        self.left = MOST_SPANS
        # One look at the wall clock: within a trace nothing goes back, whatever is done to that clock.
        self.base = int(clock.now().timestamp() * 1e9)
        self.started = clock.monotonic()

    def now(self) -> int:
        return self.base + int((self.tracing.clock.monotonic() - self.started) * 1e9)


class _Open:
    """A span under way."""

    __slots__ = ("_first", "_over", "_request", "_span", "_token")

    def __init__(self, name: str, request: _Request, parent: "Span | None") -> None:
        trace = parent.trace if parent is not None else secrets.token_bytes(16)
        self._request = request
        self._first = parent is None
        self._span = Span(name, trace, parent.span if parent is not None else b"", request.now())
        self._token: Token[_Open | None] | None = None
        self._over = False

    def note(self, **attributes: Worth) -> None:
        self._span.attributes.update(attributes)

    def link(self, mark: Mark | None) -> None:
        if mark is not None and len(self._span.links) < MOST_LINKS:
            self._span.links.append(mark)

    def fail(self) -> None:
        self._span.failed = True

    def end(self) -> None:
        if self._over:
            return
        self._over = True
        request, span = self._request, self._span
        span.ended = max(span.began, request.now())
        if self._first:
            request.goes_on = False
        request.tracing.tell(span)

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _current.reset(self._token)
        if error is not None:
            self.fail()
        self.end()

    @property
    def mark(self) -> Mark:
        return self._span.mark

    def within(self, name: str) -> "Timed":
        """Return a span below this one; one of its own that points here, where the request has ended."""
        request = self._request
        if not request.goes_on:
            return self.after(name)
        if request.left <= 0:
            return _NOTHING
        request.left -= 1
        return _Open(name, request, self._span)

    def after(self, name: str) -> "Timed":
        """Return a trace of its own that points here."""
        found = _Open(name, _Request(self._request.tracing), None)
        found.link(self.mark)
        return found


_current: ContextVar[_Open | None] = ContextVar("claw trace", default=None)


class Tracing:
    """Begins traces and tells each span to ``sink``; one for a daemon."""

    def __init__(self, clock: Clock, sink: Sink, chosen: Callable[[], bool] = lambda: True) -> None:
        """``chosen`` is asked for each request whether it is traced."""
        self.clock = clock
        self._sink = sink
        self._chosen = chosen

    def trace(self, name: str) -> Timed:
        """Begin a trace, or a span where a trace is under way already."""
        current = _current.get()
        if current is not None:
            return current.within(name)
        return _Open(name, _Request(self), None) if self._chosen() else _NOTHING

    def tell(self, span: Span) -> None:
        """Take a span that has ended."""
        self._sink(span)


class Untraced:
    """What begins no traces: nobody looks."""

    def trace(self, name: str) -> Timed:
        """Begin nothing."""
        del name
        return _NOTHING


UNTRACED = Untraced()

Begins = Tracing | Untraced


def span(name: str) -> Timed:
    """Return a part of the request that is under way here; it costs nothing where nobody looks."""
    current = _current.get()
    return _NOTHING if current is None else current.within(name)


def follow_up(name: str) -> Timed:
    """Return a trace of its own for what comes of this request later; it points back here."""
    current = _current.get()
    return _NOTHING if current is None else current.after(name)


def point_to(mark: Mark | None) -> None:
    """Have the request that is under way here point to another."""
    current = _current.get()
    if current is not None:
        current.link(mark)
