"""What a household pays a model for over a month of repeated requests, with skills and without them.

    python bench/skills_month.py [--json] [--days N] [--seed N] [--write]

The story is ``tests/skills_month.py``: the whole path in virtual time, on the demo's house.  After the second similar
request Claw offers a skill, which the owner takes when she is asked.  The same days are lived once more with
nothing learned.  A token is counted for four bytes of what is sent and what comes back.  ``--write`` puts the days into
docs/skills-month.csv and their plot into docs/skills-month.svg.
"""

import argparse
import asyncio
import csv
import logging
from collections.abc import Sequence

from measure import ROOT, Figure, report

from tests.skills_month import Day, lived

DAYS = 30


def written(skilled: Sequence[Day], bare: Sequence[Day]) -> None:
    """Write the days and their plot into ``docs``."""
    with (ROOT / "docs" / "skills-month.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("day", "requests", "by_skill", "skills", "tokens", "tokens_per_request", "without_skills"))
        for day, without in zip(skilled, bare, strict=True):
            figures = (f"{day.per_request:.0f}", f"{without.per_request:.0f}")
            rows.writerow((day.number, day.requests, day.by_skill, day.skills, day.tokens, *figures))
    (ROOT / "docs" / "skills-month.svg").write_text(plot(skilled, bare), encoding="utf-8")


LEFT, TOP, WIDE, HIGH = 64, 48, 600, 240


def plot(skilled: Sequence[Day], bare: Sequence[Day]) -> str:
    """Return the plot of tokens per request, day by day."""
    most = max(day.per_request for day in (*skilled, *bare))
    step = next(one for one in (100, 200, 500, 1000, 2000, 5000) if most / one <= 6)
    top = step * (int(most / step) + 1)

    def x(number: int) -> float:
        return LEFT + WIDE * (number - 1) / max(1, len(skilled) - 1)

    def y(tokens: float) -> float:
        return TOP + HIGH * (1 - tokens / top)

    def line(days: Sequence[Day], kind: str) -> str:
        points = " ".join(f"{x(day.number):.1f},{y(day.per_request):.1f}" for day in days)
        return f'<polyline class="{kind}" points="{points}"/>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 40} {TOP + HIGH + 56}" role="img">',
        "<title>Tokens per request on each day of a month, with skills and without</title>",
        STYLE,
        f'<text class="title" x="{LEFT}" y="24">Tokens per request that no sentence of Claw understands</text>',
    ]
    for tokens in range(0, top + 1, step):
        parts.append(f'<path class="grid" d="M{LEFT} {y(tokens):.1f}H{LEFT + WIDE}"/>')
        parts.append(f'<text class="end" x="{LEFT - 8}" y="{y(tokens) + 4:.1f}">{tokens:,}</text>')
    parts += [
        f'<text class="mid" x="{x(number):.1f}" y="{TOP + HIGH + 20}">{number}</text>'
        for number in (1, *range(5, len(skilled) + 1, 5))
    ]
    parts.append(f'<text class="mid" x="{LEFT + WIDE / 2:.1f}" y="{TOP + HIGH + 44}">day</text>')
    parts += [line(bare, "bare"), line(skilled, "with")]
    for day, before in zip(skilled[1:], skilled, strict=False):
        if day.skills > before.skills:
            parts.append(f'<circle class="dot" cx="{x(day.number):.1f}" cy="{y(day.per_request):.1f}" r="4"/>')
    last = LEFT + WIDE
    parts.append(f'<text class="end bare-word" x="{last}" y="{y(bare[-1].per_request) - 10:.1f}">without skills</text>')
    parts.append(
        f'<text class="end with-word" x="{last}" y="{y(skilled[-1].per_request) - 14:.1f}">'
        f"with skills ({skilled[-1].skills} learned; a dot where one came into use)</text>"
    )
    return "\n".join([*parts, "</svg>", ""])


STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 15px }
.end { text-anchor: end } .mid { text-anchor: middle }
.grid { stroke: #ddd; stroke-width: 1 }
polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.bare { stroke: #999 } .bare-word { fill: #777 }
.with, .dot { stroke: #0b6bcb } .with-word { fill: #0b6bcb } .dot { fill: #fff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .grid { stroke: #444 } .bare { stroke: #888 } .bare-word { fill: #aaa }
  .with, .dot { stroke: #6db3f2 } .with-word { fill: #6db3f2 } .dot { fill: #1b1b1b }
}
</style>"""


def share(days: Sequence[Day]) -> float:
    return sum(day.by_skill for day in days) / sum(day.requests for day in days)


def rate(days: Sequence[Day]) -> float:
    return sum(day.tokens for day in days) / sum(day.requests for day in days)


def main() -> None:
    logging.disable(logging.WARNING)
    words = argparse.ArgumentParser()
    words.add_argument("--json", action="store_true")
    words.add_argument("--days", type=int, default=DAYS)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--write", action="store_true")
    asked = words.parse_args()
    skilled, house = asyncio.run(lived(asked.days, asked.seed, learns=True))
    bare, _ = asyncio.run(lived(asked.days, asked.seed, learns=False))
    assert all(day.failed == 0 for day in skilled), [day for day in skilled if day.failed]
    if asked.write:
        written(skilled, bare)
    week, last = skilled[:7], skilled[-7:]
    report(
        [
            Figure("skills learned in the month", skilled[-1].skills, ""),
            Figure("tokens per request, first week", rate(week), ""),
            Figure("tokens per request, last week", rate(last), "", most=rate(week) / 2),
            Figure("tokens per request, last week, without skills", rate(bare[-7:]), ""),
            Figure("requests answered by a skill, last week", 100 * share(last), "%"),
            Figure("tokens of all requests that skills answered", sum(day.skill_tokens for day in skilled), "", most=0),
        ],
        f"{sum(day.requests for day in skilled)} requests in {asked.days} days, {len(house.offered)} skills offered",
    )


if __name__ == "__main__":
    main()
