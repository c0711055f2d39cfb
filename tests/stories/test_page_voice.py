"""Voice on the page in a real browser: where people may speak, what is worth a look, what a turn takes."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page, expect

from claw.base.action import Json, Origin
from claw.base.config_voice import VoiceConfig
from claw.channels.voiced import NOBODY_KNOWN, Rooms, Voiced
from claw.house.model import Area, Entity, Registry
from claw.voice.claims import Claims
from claw.voice.model import Audio, Heard, Satellite, Stages
from claw.voice.stage_times import StageTimes
from tests.browsing import go
from tests.held_clock import HeldClock
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, HOSTILE, PHONE, looking

pytestmark = page_room.pytestmark

SMALL = {"width": 320, "height": 640}
KITCHEN, HALL = "assist_satellite.kitchen_voice_assistant", "assist_satellite.hall"
REGISTRY = Registry(
    areas={"kitchen": Area("kitchen", "Kitchen")},
    entities={
        KITCHEN: Entity(KITCHEN, f"Kitchen {HOSTILE}", area="kitchen"),
        HALL: Entity(HALL, "Hall"),
    },
)
CONFIG = VoiceConfig.model_validate(
    {
        "wyoming": {"host": "192.168.1.2", "peers": [{"address": "192.168.1.10", "satellites": [KITCHEN, HALL]}]},
        "transcriber": {"engine": "wyoming", "server": "tcp://127.0.0.1:10300"},
        "microphones": [{"id": "desk", "command": ["cat"], "place": "kitchen", "wake": {"words": ["hey_jarvis"]}}],
        "speech": {"rooms": {"kitchen": "media_player.radio"}},
    }
)
PREFERS = 'The assistant "Home" runs its own sentences first: "unlock the front door" never comes to Claw.'


class Ear:
    """An engine that has something to say about itself."""

    problem = ""

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        raise NotImplementedError

    def state(self) -> dict[str, Json]:
        return {"engine": "whisper", "problem": self.problem}


async def findings() -> list[str]:
    return [PREFERS]


def voiced(ear: Ear) -> Voiced:
    times, clock = StageTimes(), HeldClock()
    for turn in range(20):
        stages = Stages(clock)
        for at, stage in enumerate(("speech", "text", "intent", "act", "said"), 1):
            stages.mark(stage, at=clock.monotonic() + at * (0.004 + turn / 100))  # type: ignore[arg-type]
        times.note(stages, "done" if turn else "echo")
    wyoming = CONFIG.wyoming
    assert wyoming is not None
    server = {"host": "192.168.1.2", "port": 10700, "announced": True, "peers": 1, "open": 1, "counts": {"turns": 20}}
    return Voiced(
        Rooms(
            CONFIG,
            lambda: REGISTRY,
            lambda: times.times().as_json(),
            Claims(wyoming, lambda: REGISTRY).vouched,
            heard=lambda: {KITCHEN: datetime(2026, 11, 22, 7, 1, tzinfo=UTC)},
            server=lambda: server,
            microphones=lambda: {"desk": "listening"},
            ear=ear,
            findings=findings,
        )
    )


async def opened(page: Page) -> None:
    await page.locator("#account").click()
    await page.get_by_role("button", name="Where I listen").click()
    await expect(page.locator(".voice-whole")).to_be_visible()


async def fits(page: Page) -> None:
    """Nothing stands out of the page or the sheet."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate("(s => s.scrollWidth <= s.clientWidth)(document.querySelector('#sheet'))")


async def test_where_people_may_speak_is_told_to_who_may_read_the_log(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE) as page:
        ear = Ear()
        await page.locator("#account").click()
        await expect(page.get_by_role("button", name="Where I listen")).to_have_count(0)
        desk.daemon.desk.hear(voiced(ear))
        await page.reload()
        await opened(page)
        sheet = page.locator(".voice-whole")
        for said in (NOBODY_KNOWN, PREFERS, f"{HALL}, for which 192.168.1.10 may speak, is in no area"):
            await expect(sheet).to_contain_text(said)
        kitchen = sheet.locator(f'[data-satellite="{KITCHEN}"]')
        await expect(kitchen).to_contain_text("In Kitchen, says Home Assistant · by way of 192.168.1.10 · heard")
        await expect(kitchen).to_contain_text("<img")
        await expect(sheet.locator('[data-satellite="nowhere"]')).to_contain_text("Nowhere: least rights")
        await expect(sheet.locator("table.spans tbody tr")).to_have_count(5)
        await expect(sheet).to_contain_text("done 19")
        assert await page.title() == "Claw"
        for name, size in (("phone", PHONE), ("small", SMALL), ("desk", DESK)):
            await page.set_viewport_size(size)
            await fits(page)
            await page.evaluate("document.querySelector('#sheet').scrollTo(0, 0)")
            await desk.shot(page, f"voice-{name}")
        ear.problem = "the model's folder has no tokenizer.json"
        async with desk.page(PHONE, "carl") as child:  # who sees figures and no places
            await child.locator("#account").click()
            await expect(child.locator(".voice-way")).to_contain_text(
                "I cannot turn speech into text: the model's folder"
            )
            await child.get_by_role("button", name="Where I listen").click()
            sheet = child.locator(".voice-whole")
            await expect(sheet.locator("table.spans")).to_be_visible()
            await expect(sheet.locator("[data-satellite]")).to_have_count(0)
        await desk.daemon.desk.say(
            "turn on the kitchen lights", Origin("voice:assist_satellite.kitchen", place="kitchen")
        )
        await desk.daemon.desk.say("turn off the kitchen lights", Origin("voice:nowhere"))
        await page.get_by_role("button", name="Close", exact=True).click()
        await go(page, "Log")
        for who in ("A voice, Kitchen Satellite", "A voice from nowhere"):
            await expect(page.locator(".entry-who", has_text=who).first).to_be_visible()
