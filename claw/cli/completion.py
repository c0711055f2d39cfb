"""What a shell needs to complete `claw` commands by itself, without starting Claw at every press of a key.

The three scripts are made from the commands; a wheel brings them to where shells look.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

import typer

from claw.cli.command_tree import Command, Taken, tree

MADE = "Made from the commands by `claw completion"


class Shell(StrEnum):
    """The shells that can be served."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Which shell.")]) -> None:
    """Print what makes a shell complete claw commands.

    For bash: put it into ~/.local/share/bash-completion/completions/claw. For zsh: into a file _claw of a folder that
    $fpath names. For fish: into ~/.config/fish/completions/claw.fish.
    """
    from claw.cli.commands import build  # noqa: PLC0415  it lists this command too

    typer.echo(SCRIPTS[shell](tree(typer.main.get_command(build()))), nl=False)


def bash(claw: Command) -> str:
    """Return the script for bash 4 and newer."""
    lines = [
        f"# bash completion for claw. {MADE} bash`.",
        "_claw_command() {",
        "    inner='' options='' takes='' files='' argument=''",
        '    case "$1" in',
    ]
    for each in claw.walk():
        lines += [
            f"        {_quoted(' '.join(each.path))})",
            *(f"            {line}" for line in _sets(each)),
            "            ;;",
        ]
    lines += [
        "    esac",
        "}",
        "_claw() {",
        '    local inner options takes files argument at=claw word i current="${COMP_WORDS[COMP_CWORD]}"',
        "    COMPREPLY=()",
        '    _claw_command "$at"',
        "    for ((i = 1; i < COMP_CWORD; i++)); do",
        '        word="${COMP_WORDS[i]}"',
        '        if [[ " $takes $files " == *" $word "* ]]; then',
        "            ((i++))",
        "            if ((i == COMP_CWORD)); then",
        "                if [[ \" $files \" == *\" $word \"* ]]; then argument='file'; else argument=''; fi",
        "                inner=; options=",
        "            fi",
        '        elif [[ $word != -* && " $inner " == *" $word "* ]]; then',
        '            at+=" $word"',
        '            _claw_command "$at"',
        "        fi",
        "    done",
        '    if [[ $current == -* ]]; then inner="$options"; fi',
        '    mapfile -t COMPREPLY < <(compgen -W "$inner" -- "$current")',
        "    if [[ $argument == file && $current != -* ]]; then",
        "        compopt -o filenames 2>/dev/null",
        '        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")',
        "    fi",
        "}",
        "complete -F _claw claw",
    ]
    return "\n".join(lines) + "\n"


def _sets(command: Command) -> list[str]:
    """Return the assignments that tell what may follow a command; what is empty is left as it was."""
    options = command.options
    said = {
        "inner": " ".join(each.name for each in command.inner),
        "options": " ".join([*(name for each in options for name in each.names), "--help"]),
        "takes": " ".join(name for each in options if each.value and not each.file for name in each.names),
        "files": " ".join(name for each in options if each.value and each.file for name in each.names),
        "argument": "file" if any(each.file for each in command.arguments) else "",
    }
    return [f"{name}={_quoted(words)}" for name, words in said.items() if words]


def zsh(claw: Command) -> str:
    """Return the script for zsh."""
    lines = ["#compdef claw", f"# {MADE} zsh`.", "_claw_command() {", '    case "$1" in']
    for each in claw.walk():
        inner = [f"{below.name}:{_coloned(below.short)}" for below in each.inner]
        options = [f"{name}:{_coloned(_first(one.about))}" for one in each.options for name in one.names]
        taken = [line for line in _sets(each) if not line.startswith(("inner", "options"))]
        lines += [
            f"        {_quoted(' '.join(each.path))})",
            "            inner=(" + " ".join(map(_quoted, inner)) + ")",
            "            options=(" + " ".join(map(_quoted, [*options, "--help:Show what it does"])) + ")",
            *(f"            {line}" for line in taken),
            "            ;;",
        ]
    lines += [
        "    esac",
        "}",
        "_claw() {",
        "    local -a inner options",
        "    local takes files argument at=claw word",
        "    integer i",
        '    _claw_command "$at"',
        "    for ((i = 2; i < CURRENT; i++)); do",
        '        word="${words[i]}"',
        '        if [[ " $takes $files " == *" $word "* ]]; then',
        "            ((i++))",
        "            if ((i == CURRENT)); then",
        '                if [[ " $files " == *" $word "* ]]; then _files; fi',
        "                return",
        "            fi",
        "        elif [[ $word != -* ]] && ((${inner[(I)$word:*]})); then",
        '            at="$at $word" takes= files= argument=',
        '            _claw_command "$at"',
        "        fi",
        "    done",
        "    if [[ ${words[CURRENT]} == -* ]]; then",
        "        _describe -o option options",
        "    else",
        "        ((${#inner})) && _describe command inner",
        "        [[ $argument == file ]] && _files",
        "    fi",
        "}",
        # Loaded by the completion system it is a function of this name, and called; sourced, it has to be named.
        'if [[ ${funcstack[1]} == _claw ]]; then _claw "$@"; else compdef _claw claw; fi',
    ]
    return "\n".join(lines) + "\n"


def fish(claw: Command) -> str:
    """Return the script for fish 3 and newer."""
    commands = list(claw.walk())
    takes = sorted({name for each in commands for one in each.options if one.value for name in one.names})
    lines = [
        f"# fish completion for claw. {MADE} fish`.",
        "function __claw_at",
        "    set -l at claw",
        "    set -l is_value 0",
        f"    set -l takes {' '.join(takes)}",
        "    set -l known " + " ".join(_quoted(" ".join(each.path)) for each in commands),
        "    for word in (commandline -opc)[2..-1]",
        "        if test $is_value = 1",
        "            set is_value 0",
        "        else if contains -- $word $takes",
        "            set is_value 1",
        '        else if contains -- "$at $word" $known',
        '            set at "$at $word"',
        "        end",
        "    end",
        '    test "$at" = "$argv[1]"',
        "end",
        "complete -c claw -f",
        "complete -c claw -l help -d 'Show what it does'",
    ]
    for each in commands:
        here = f"complete -c claw -n {_fish('__claw_at ' + _fish(' '.join(each.path)))}"
        lines += [f"{here} -a {below.name} -d {_fish(below.short)}" for below in each.inner]
        lines += [f"{here} {_fish_option(name, one)}" for one in each.options for name in one.names]
        if any(one.file for one in each.arguments):
            lines.append(f"{here} -F")
    return "\n".join(lines) + "\n"


def _fish_option(name: str, option: Taken) -> str:
    kind = "-l" if name.startswith("--") else "-s"
    value = " -r -F" if option.value and option.file else " -x" if option.value else ""
    return f"{kind} {name.lstrip('-')}{value} -d {_fish(_first(option.about))}"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _first(text: str) -> str:
    return " ".join(text.split()).partition(". ")[0].rstrip(".")


def _coloned(text: str) -> str:
    return text.replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


SCRIPTS: Mapping[Shell, Callable[[Command], str]] = {Shell.BASH: bash, Shell.ZSH: zsh, Shell.FISH: fish}
