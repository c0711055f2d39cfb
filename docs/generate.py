"""Writes the reference pages from the code, so that they cannot say anything else than the code does.

``python docs/generate.py`` writes every page and fails when one was stale; with ``--check`` it writes nothing.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
from manual_page import manual_page
from pydantic import BaseModel

from claw.base.config import Config
from claw.cli.command_tree import Command, tree
from claw.cli.commands import build
from claw.cli.completion import SCRIPTS, Shell
from claw.skills.cases import CaseFile
from claw.skills.manifest import Manifest

HERE = Path(__file__).parent
SHARE = "../packaging/share"
"""What a wheel puts below ``share/`` of where it is installed, for ``man`` and the shells to find."""
MADE = "<!-- Made from the code by `make docs`. -->"


def commands() -> str:
    """Every command with its help, arguments and options, as ``--help`` tells them."""
    lines = [
        MADE,
        "# Commands",
        "",
        "Exit codes: 0 ok, 1 failed or partial, 2 misuse, 3 refused, 4 stopped, 5 unclear.",
        "",
    ]
    for path, command in _walk("claw", typer.main.get_command(build())):
        lines += [f"## `{path}`", "", *_help(command.help or ""), ""]
        if command.epilog:
            lines += [f"`{command.epilog.removeprefix('Example: ')}`", ""]
        rows = [_parameter(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
        if rows:
            lines += ["| | |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner: Mapping[str, Any] = getattr(command, "commands", {})
    if not inner or command.callback:
        yield path, command
    for name, each in sorted(inner.items()):
        if not each.hidden:
            yield from _walk(f"{path} {name}", each)


def _help(text: str) -> list[str]:
    """Paragraphs as they are; a paragraph of commands becomes a block of code."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\b", "").replace("``", "`").strip()):
        said = [line.strip() for line in paragraph.strip().splitlines()]
        code = all(line.startswith("claw ") for line in said)
        lines += ["```", *said, "```", ""] if code else [*said, ""]
    return lines[:-1]


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        said = parameter.metavar or parameter.name.upper()
        name = said if parameter.required else f"[{said}]"
    else:
        name = ", ".join((*parameter.opts, *parameter.secondary_opts))
    return f"| `{name}` | {_cell(getattr(parameter, 'help', None) or '')} |"


def reference(title: str, model: type[BaseModel], intro: str) -> str:
    """Every key of a file with its type, bounds and default; one section for each kind of block in it."""
    schema = model.model_json_schema()
    either = [one for each in schema["properties"].values() for one in each.get("anyOf", ())]
    inner = {one["title"]: one for one in either if "title" in one}  # made when the file has that section
    blocks: dict[str, Any] = {model.__name__: schema, **dict(sorted({**schema.get("$defs", {}), **inner}.items()))}
    lines = [MADE, "", f"# {title}", "", intro, ""]
    for name, block in blocks.items():
        if "properties" not in block:
            continue
        lines += [f"## {name}", "", *_help(block.get("description", "")), ""]
        lines += ["| key | what | default |", "|---|---|---|"]
        for key, value in block["properties"].items():
            default = "must be given" if key in block.get("required", ()) else _default(value)
            about = _cell(value.get("description", ""))
            lines.append(f"| `{key}` | {_cell(_type(value))}{'. ' + about if about else ''} | {default} |")
        lines.append("")
    return "\n".join(lines)


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default is None or default in ("", []) or isinstance(default, dict):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{', '.join(map(str, default)) if isinstance(default, list) else default}`"


def _type(value: Mapping[str, Any]) -> str:
    if "$ref" in value or "properties" in value:
        return _link(value.get("$ref") or value["title"])
    for several in ("anyOf", "oneOf"):
        if several in value:
            return " or ".join(_type(one) for one in value[several] if one.get("type") != "null")
    if "enum" in value or "const" in value:
        return ", ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    return _listed(value) if value.get("type") == "array" else _single(value)


def _listed(value: Mapping[str, Any]) -> str:
    if "prefixItems" in value:
        return ", ".join(_type(one) for one in value["prefixItems"])
    return f"list of {_type(value['items'])}" if "items" in value else "list"


def _single(value: Mapping[str, Any]) -> str:
    match value.get("type"):
        case "object":
            inner = value.get("additionalProperties") or next(iter(value.get("patternProperties", {}).values()), None)
            return f"mapping to {_type(inner)}" if isinstance(inner, dict) else "mapping"
        case "string":
            return value.get("format", "text") + (f" like `{value['pattern']}`" if "pattern" in value else "")
        case kind:
            bounds = [f"{word} {value[key]}" for key, word in _BOUNDS.items() if key in value]
            return " ".join([_NUMBERS.get(str(kind), str(kind or "anything")), *bounds])


_NUMBERS = {"integer": "whole number", "boolean": "true or false"}
_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}


def _link(ref: str) -> str:
    name = ref.rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _cell(text: str) -> str:
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


def skill_format() -> str:
    """Both files of a skill that have a shape of their own."""
    manifest = reference(
        "The files of a skill",
        Manifest,
        "`skill.yaml`, beginning with `Manifest`, and `tests/*.yaml`, beginning with `CaseFile`. An unknown key or a"
        " wrong type is refused with its line. How they are used is in [skills.md](skills.md).",
    )
    cases = reference("", CaseFile, "").partition("## CaseFile")
    return f"{manifest}\n{cases[1]}{cases[2]}"


def _tree() -> Command:
    return tree(typer.main.get_command(build()))


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "configuration.md": lambda: reference(
        "The configuration",
        Config,
        "`config.yaml`, beginning with `Config`. An unknown key or a wrong type is refused with its line."
        " No secret is ever in it.",
    ),
    "skill-format.md": skill_format,
    f"{SHARE}/man/man1/claw.1": lambda: manual_page(_tree()),
    f"{SHARE}/bash-completion/completions/claw": lambda: SCRIPTS[Shell.BASH](_tree()),
    f"{SHARE}/zsh/site-functions/_claw": lambda: SCRIPTS[Shell.ZSH](_tree()),
    f"{SHARE}/fish/vendor_completions.d/claw.fish": lambda: SCRIPTS[Shell.FISH](_tree()),
}


def main() -> int:
    """Write what is stale, or only name it."""
    stale = [name for name, make in PAGES.items() if _stale(HERE / name, make())]
    for name in stale:
        print(
            f"{(HERE / name).resolve().relative_to(HERE.parent)} was stale: commit what `make docs` wrote",
            file=sys.stderr,
        )
    return 1 if stale else 0


def _stale(path: Path, text: str) -> bool:
    text = re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    if "--check" not in sys.argv:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
