"""Text to what was meant, locally: no model, no network, no guess.

The order is fixed.  Words to Claw itself come first and need nothing else.  Then the whole sentence, in the
asker's language and then the others; then the sentence cut at "except", "and" and "then", which counts only when
every part does.  What was read is cached; what depends on a state never is.

The house's own language is ready from the start.  Each further one costs 4-9 MB and up to half a second, so it stays
asleep until a sentence comes that the ones before it do not understand.
"""

import asyncio
import gc
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.base.tracing import span
from claw.house.model import House, Registry
from claw.mind import hygiene
from claw.mind.attempt import NOT_UNDERSTOOD, Attempt
from claw.mind.grammar import Grammar
from claw.mind.lacking import lacking
from claw.mind.language import SHIPPED, Language, load
from claw.mind.names import name_book
from claw.mind.nearest import Samples
from claw.mind.reading import Reading
from claw.mind.shouts import Shouts
from claw.mind.spoken_stop import SpokenStop
from claw.mind.understood import Control, Unclear, Understood
from claw.policy.globs import is_voice

_MOST_CACHED = 4096


@dataclass(frozen=True, slots=True)
class _Asleep:
    """A language that has to be woken before a sentence can be understood or refused."""

    code: str


class Intents:
    """Recognises sentences in one or more languages over a house that may change."""

    def __init__(self, languages: Sequence[str]) -> None:
        """Load ``languages`` (codes such as ``en`` or ``zh-CN``, the first one is the house's own)."""
        codes = list(dict.fromkeys(code.replace("_", "-").partition("-")[0].casefold() for code in languages)) or ["en"]
        self._languages = {code: load(code) for code in codes}
        self._words = [*self._languages.values(), *(load(code) for code in SHIPPED if code not in self._languages)]
        self._shouts = Shouts(
            said for language in self._words for said, word in language.controls.items() if word == "stop"
        )
        self._spoken = SpokenStop(self._words)
        self._registry: Registry | None = None
        self._grammars: dict[str, Grammar] = {}
        self._samples: dict[str, Samples] = {}
        self._readings: dict[tuple[str, str], tuple[Reading, ...]] = {}
        self._known: dict[tuple[str, str | None, str | None, bool], Understood] = {}
        self._waking = threading.Lock()
        self._renewing = asyncio.Lock()

    def refresh(self, registry: Registry) -> None:
        """Take the names of ``registry`` for every language that is awake; costs nothing when it is the known one."""
        if registry is not self._registry:
            self._take(registry, *self._renewed(registry))

    def forget(self) -> None:
        """Empty the caches, so that a sentence is new again."""
        self._readings = {}
        self._known = {}

    def erase(self, erasure: Erasure) -> int:
        """Empty the caches: they are keyed by what people said, and cost nothing to fill again."""
        del erasure
        gone = len(self._readings) + len(self._known)
        self.forget()
        return gone

    def warm(self, house: House) -> None:
        """Do once what the first sentence in the house's own language would otherwise wait for."""
        self.refresh(house.registry)
        for code, grammar in self._grammars.items():
            self._nearest("?", code)
            _try_out(grammar)

    def recognise(self, text: str, house: House, origin: Origin) -> Understood:
        """Return what ``text`` means in ``house`` for someone at ``origin``; never raises, never acts.

        Waking a language and taking new names block; on an event loop use ``listen``.
        """
        self.refresh(house.registry)
        while isinstance(heard := self._hear(text, house, origin), _Asleep):
            self._wake(heard.code)
        return heard

    async def listen(self, text: str, house: House, origin: Origin) -> Understood:
        """Return what ``recognise`` does; what that would block for is done beside the loop."""
        with span("recognise"):
            await self._keep_up(house.registry)
            while isinstance(heard := self._hear(text, house, origin), _Asleep):
                await asyncio.to_thread(self._wake, heard.code)
            return heard

    def choose(self, text: str, house: House, origin: Origin, chosen: Mapping[str, str]) -> Understood | None:
        """Return what ``text`` means where each word of ``chosen`` means that entity; None where it is still unclear.

        Asks the languages that are awake, which are those that found the word to be unclear.
        """
        cleaned = hygiene.clean(text)
        for code in (code for code in self._order(origin) if code in self._grammars):
            attempt = Attempt(self._grammars[code], self.readings, house, origin.place, text, chosen)
            understood = attempt.understand(self._addressed(cleaned, self._languages[code]))
            if not isinstance(understood, Unclear):
                return understood
        return None

    def would_mean(self, text: str, house: House, origin: Origin, code: str) -> Understood:
        """Return what ``text`` would mean in one language that is awake, whatever it means in others."""
        attempt = Attempt(self._grammars[code], self.readings, house, origin.place, text)
        return attempt.understand(self._addressed(hygiene.clean(text), self._languages[code]))

    def near(self, text: str, code: str, most: int) -> tuple[str, ...]:
        """Return up to ``most`` sentences of this house like ``text``, in a language that is awake, likest first."""
        return self._sampled(code).near(hygiene.clean(text), most)

    async def _keep_up(self, registry: Registry) -> None:
        """Take the names of ``registry`` beside the loop: those of thousands of things take seconds."""
        if registry is self._registry:
            return
        async with self._renewing:
            known = self._registry
            if registry is not known and (known is None or known.version <= registry.version):
                self._take(registry, *await asyncio.to_thread(self._renewed, registry))

    def _renewed(self, registry: Registry) -> tuple[dict[str, Grammar], dict[str, Samples]]:
        with _lasting():
            grammars = {code: self._grammar(code, registry) for code in tuple(self._grammars) or self.languages[:1]}
            own = grammars[self.languages[0]]
            return grammars, {own.language.code: Samples(own.book, own.language)}

    def _take(self, registry: Registry, grammars: dict[str, Grammar], samples: dict[str, Samples]) -> None:
        self._registry, self._grammars, self._samples = registry, grammars, samples
        self.forget()

    def _grammar(self, code: str, registry: Registry) -> Grammar:
        language = self._languages[code]
        return Grammar(language, name_book(registry, language))

    def _wake(self, code: str) -> None:
        """Make a language ready; may run beside the loop, which may meanwhile take another registry."""
        registry, grammars = self._registry, self._grammars
        with self._waking, _lasting():
            if registry is not None and code not in grammars:
                grammar = self._grammar(code, registry)
                _try_out(grammar)
                grammars[code] = grammar

    def _hear(self, text: str, house: House, origin: Origin) -> Understood | _Asleep:
        key = (text, origin.place, origin.language, is_voice(origin.channel))
        known = self._known.get(key)
        if known is not None:
            return known
        order = self._order(origin)
        refusal = hygiene.refusal(text)
        if refusal is not None:
            return Unclear(order[0], None, refusal)
        understood, fixed = self._understand(text, house, origin, order)
        if fixed and not isinstance(understood, _Asleep):
            if len(self._known) >= _MOST_CACHED:
                self._known.clear()
            self._known[key] = understood
        return understood

    @property
    def languages(self) -> tuple[str, ...]:
        """The active languages, the house's own first."""
        return tuple(self._languages)

    @property
    def known(self) -> tuple[Language, ...]:
        """Every shipped language, those that are active first."""
        return tuple(self._words)

    @property
    def awake(self) -> tuple[Grammar, ...]:
        """The languages that are ready, each with the names of the house."""
        return tuple(self._grammars.values())

    def language(self, code: str) -> Language:
        """Return one of ``languages``, as it was read."""
        return self._languages[code]

    def control(self, text: str, origin: Origin, *, stopped: bool = False) -> Control | None:
        """Return the word to Claw itself that ``text`` is, None where it is none; needs no house.

        "Resume" is one only while Claw is ``stopped``: else it is about music.
        """
        if is_voice(origin.channel) and (code := self._spoken.language(text)) is not None:
            return Control("stop", code)
        if hygiene.refusal(text) is not None:
            return None
        control = self._control(hygiene.clean(text), self._order(origin), heard=is_voice(origin.channel))
        return control if stopped or control is None or control.word != "reset" else None

    def _order(self, origin: Origin) -> list[str]:
        asked = (origin.language or "").replace("_", "-").partition("-")[0].casefold()
        return sorted(self._languages, key=lambda code: code != asked)

    def _understand(
        self, text: str, house: House, origin: Origin, order: list[str]
    ) -> tuple[Understood | _Asleep, bool]:
        cleaned = hygiene.clean(text)
        if not any(char.isalnum() for char in cleaned):
            return Unclear(order[0], None, "I heard no words in that."), True
        control = self.control(text, origin)
        if control is not None:
            return control, True
        unclear: list[Unclear] = []
        looked = False
        for said in dict.fromkeys((cleaned, hygiene.joined(text))):  # several sentences only where they are not one
            for code in order:
                if code not in self._grammars:
                    return _Asleep(code), False
                attempt = Attempt(self._grammars[code], self.readings, house, origin.place, text)
                understood = attempt.understand(self._addressed(said, self._languages[code]))
                looked = looked or attempt.looked
                if not isinstance(understood, Unclear):
                    return understood, not looked
                unclear.append(understood)
        # The reason that says most: of the asker's language, unless that one understood nothing at all.
        best = next((one for one in unclear if one.reason != NOT_UNDERSTOOD), unclear[0])
        nearest = self._nearest(cleaned, order[0])
        if nearest is not None and self._control(nearest, order) is None:
            # What this very house would not do is no help to anybody: "set the hall light to 50 percent".
            tried = Attempt(self._grammars[order[0]], self.readings, house, origin.place, nearest)
            nearest = None if isinstance(tried.understand(nearest), Unclear) else nearest
            looked = looked or tried.looked
        best = replace(best, nearest=nearest)
        return (self._lacking(best, cleaned, order) if best.reason == NOT_UNDERSTOOD else best), not looked

    def _lacking(self, unclear: Unclear, cleaned: str, order: list[str]) -> Unclear:
        """Return what was not understood with the name that nothing bears, where nothing else was lacking."""
        for code in order:
            said, book = self._addressed(cleaned, self._languages[code]), self._grammars[code].book
            if name := lacking(said, self._languages[code], book):
                return replace(
                    unclear, language=code, lacks=name, nearest=unclear.nearest if code == order[0] else None
                )
        return unclear

    def _control(self, cleaned: str, order: list[str], *, heard: bool = False) -> Control | None:
        """Return the word to Claw itself; "stop" is known in every shipped language, active or not.

        What was ``heard`` is no stop here: those are in a list of their own.
        """
        active = [self._languages[code] for code in order]
        for language in (*active, *(() if heard else (other for other in self._words if other not in active))):
            said = self._addressed(cleaned, language).casefold().replace(",", "")
            word = language.controls.get(said) or language.controls.get(cleaned.casefold().replace(",", ""))
            if word is None or (word == "stop" and heard) or (language not in active and word != "stop"):
                continue
            if word == "hello" and self._names_scene(said):
                return None
            return Control(word, language.code)  # pyright: ignore[reportArgumentType]  the files hold the words of ControlWord
        if not heard and any(
            self._shouts.means_stop(self._addressed(cleaned, self._languages[code])) for code in order
        ):
            return Control("stop", order[0])
        return None

    def _names_scene(self, said: str) -> bool:
        return any(
            bearer.domain in {"scene", "script"}
            for grammar in self._grammars.values()
            for bearer in grammar.book.things.get(said, ())
        )

    def _addressed(self, cleaned: str, language: Language) -> str:
        """Return the sentence without "claw," before it or "please" around it."""
        text = cleaned
        for word in (*language.address, *language.polite):
            folded = text.casefold()
            if folded.startswith((f"{word} ", f"{word},")):
                text = text[len(word) :].lstrip(" ,")
            folded = text.casefold()
            if folded.endswith((f" {word}", f",{word}")) and len(text) > len(word) + 1:
                text = text[: -len(word)].rstrip(" ,")
        return text

    def _nearest(self, text: str, code: str) -> str | None:
        return self._sampled(code).nearest(text)

    def _sampled(self, code: str) -> Samples:
        samples = self._samples.get(code)
        if samples is None:
            grammar = self._grammars[code]
            samples = self._samples[code] = Samples(grammar.book, grammar.language)
        return samples

    def readings(self, text: str, code: str) -> tuple[Reading, ...]:
        """Return the readings of ``text``, from the cache where they are known."""
        key = (text, code)
        known = self._readings.get(key)
        if known is None:
            if len(self._readings) >= _MOST_CACHED:
                self._readings.clear()
            known = self._readings[key] = self._grammars[code].readings(text)
        return known


@contextmanager
def _lasting() -> Generator[None]:
    """Keep the collector off what is made here: it lives as long as the process, and walking it takes 50 ms."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def _try_out(grammar: Grammar) -> None:
    """Say a few things, so that what is only made when it is needed is there."""
    for name in list(grammar.book.things)[:3]:
        grammar.readings(f"{(grammar.language.verbs or ('',))[0]} {name}")
