"""The command group: options that every verb takes, usage errors, completion, streams."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.cli.app import PANELS

VERBS = [verb for panel in PANELS.values() for verb in panel]
HEAVY = ("duckdb", "sqlalchemy", "alembic", "obstore", "fastapi", "sqlglot", "open_data_contract")
LISTED = f"print([name for name in {HEAVY!r} if name in __import__('sys').modules])"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by how it is called: `contract infer`."""
    for verb in VERBS:
        command = typer.main.get_command(import_module(f"hansa.cli.verbs.{verb}").app)
        below = getattr(command, "commands", None)
        if below:
            yield from ((f"{verb} {name}", one) for name, one in below.items())
        else:
            yield verb, command


def environment(directory: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "HANSA_REGISTRY": str(directory / "registry"), **more}


def process(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hansa", *arguments],
        cwd=cwd,
        env=environment(cwd, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: str(one))
def test_every_verb_takes_a_directory_and_a_format(name: str, command: Any) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"-C", "--format"} <= options


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: str(one))
def test_every_option_says_what_it_is_for(name: str, command: Any) -> None:
    assert [parameter.name for parameter in command.params if not parameter.help] == []


def test_the_directory_may_stand_before_the_verb(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("-C orders version").out == "orders 1.0.0\n"
    assert hansa("version -C orders").out == "orders 1.0.0\n"
    assert hansa("-C nowhere version -C orders").out == "orders 1.0.0\n"


USAGE = {
    "chek": "error: no such command 'chek'. Did you mean 'check'?\nhint: run `hansa --help`\n",
    "check --formt json": "error: no such option: --formt (Possible options: --format)\n"
    "hint: run `hansa check --help`\n",
    "version --format yaml": "error: invalid value for '--format': 'yaml' is not one of 'text', "
    "'json'\nhint: run `hansa version --help`\n",
    "version 1.0.0 --bump": "error: invalid value: give a version or --bump, not both\n"
    "hint: run `hansa version --help`\n",
    "explain": "error: missing argument 'rule'\nhint: run `hansa explain --help`\n",
    "contract infr": "error: no such command 'infr'. Did you mean 'infer'?\n"
    "hint: run `hansa contract --help`\n",
    "deprecate orders@1 --sunset never": "error: invalid value for '--sunset': 'never' does not "
    "match the formats '%Y-%m-%d'\nhint: run `hansa deprecate --help`\n",
}


@pytest.mark.parametrize("command", USAGE)
def test_wrong_usage_is_one_sentence_and_a_hint(command: str, hansa: Hansa) -> None:
    outcome = hansa(command)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", USAGE[command])


def test_help_lists_every_verb_and_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"from hansa.cli.app import run; run(['--help']); {LISTED}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    *text, imported = done.stdout.splitlines()
    assert imported == "[]"
    assert [verb for verb in VERBS if verb not in "\n".join(text)] == []


def test_a_second_check_reads_files_and_the_cache_only(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    first = hansa("check --no-compare", "orders")
    code = f"from hansa.cli.app import run; run(['check', '--no-compare']); {LISTED}"
    second = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "orders",
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert second.stdout == first.out + "[]\n"


COMPLETIONS = {
    "hansa ": VERBS,
    "hansa ch": ["check"],
    "hansa de": ["demo", "dependents", "deprecate", "deploy"],
    "hansa check --no": ["--no-compare"],
    "hansa contract ": ["infer", "sync", "export", "import"],
    "hansa -C orders expl": ["explain"],
    "hansa version --at-least mi": ["minor"],
}


@pytest.mark.parametrize("typed", COMPLETIONS)
def test_verbs_and_options_are_completed(typed: str, tmp_path: Path) -> None:
    place = len(typed.split()) - (0 if typed.endswith(" ") else 1)
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(place), "_HANSA_COMPLETE": "complete_bash"}
    done = process(cwd=tmp_path, **asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.split()) == sorted(COMPLETIONS[typed])


def test_completing_verbs_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"from hansa.cli.app import run; run([]); {LISTED}"
    asked = {"COMP_WORDS": "hansa ch", "COMP_CWORD": "1", "_HANSA_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path, **asked),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["check", "[]"]


@pytest.mark.parametrize(
    ("shell", "begins"),
    [("bash", "_hansa_completion()"), ("zsh", "#compdef hansa"), ("fish", "complete --command")],
)
def test_the_completion_of_any_shell_is_shown(shell: str, begins: str, tmp_path: Path) -> None:
    done = process("--show-completion", shell, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip().startswith(begins)) == (0, True)


def test_json_is_all_that_standard_output_has(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    hansa("deprecate orders@1 --sunset 2999-01-01", "orders")
    hansa("init consumer")
    outcome = hansa("add orders --format json", "consumer")
    assert outcome.err == ""
    assert len(outcome.json["warnings"]) == 1
    refused = hansa("remove nothing --format json", "consumer")
    assert (refused.code, refused.out) == (2, "")


def test_a_reader_who_goes_away_hears_no_complaint(tmp_path: Path) -> None:
    write_files(tmp_path, ORDERS)
    for arguments in (["explain", "column_removed"], ["version", "--format", "json"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-m", "hansa", *arguments],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(writing)
        assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_standard_output_is_told(tmp_path: Path) -> None:
    write_files(tmp_path, ORDERS)
    for arguments in (["explain", "column_removed"], ["version", "--format", "json"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "hansa", *arguments],
                cwd=tmp_path,
                env=environment(tmp_path),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert (done.returncode, done.stderr) == (3, "error: no space left on device\n")


ENDLESS = {
    "models/fct_orders.sql": "with recursive endless(n) as "
    "(select 1 union all select n + 1 from endless) select count(*) as id from endless",
    "tests/orders.yaml": "unit_tests:\n  - {name: endless, model: fct_orders, "
    "expect: {rows: []}}\n",
}


@pytest.mark.parametrize("early", [True, False])
def test_an_interrupt_ends_quietly(early: bool, tmp_path: Path) -> None:
    """Early while modules are imported, late while the database computes without end."""
    write_files(tmp_path, ORDERS | ENDLESS)
    running = subprocess.Popen(
        [sys.executable, "-m", "hansa", "test"],
        cwd=tmp_path,
        env=environment(tmp_path, PYTHONPROFILEIMPORTTIME="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    wanted = "hansa.cli" if early else "duckdb"
    next(line for line in running.stderr if line.split("|")[-1].strip() == wanted)
    if not early:
        time.sleep(1)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    said = [line for line in err.splitlines() if not line.startswith("import time:")]
    assert (running.returncode in (130, -signal.SIGINT), out, said) == (True, "", [])


def on_terminal(directory: Path, **more: str) -> str:
    """What `hansa check` prints on a terminal."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "hansa", "check", "--no-compare"],
        cwd=directory,
        env=environment(directory, TERM="xterm-256color", **more),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    chunks = []
    try:
        while chunk := os.read(leader, 65536):
            chunks.append(chunk)
    except OSError:
        # Linux reports the end of a terminal so
        pass
    running.wait(timeout=60)
    os.close(leader)
    return b"".join(chunks).decode()


def test_colour_is_for_terminals_that_want_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, ORDERS)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert "\x1b[32m" in on_terminal(tmp_path)
    assert "\x1b[32m" not in on_terminal(tmp_path, NO_COLOR="1")
    assert "\x1b" not in process("check", "--no-compare", cwd=tmp_path).stdout


def test_a_mistake_of_ours_is_a_sentence(
    tmp_path: Path, hansa: Hansa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HANSA_TRACEBACK")
    monkeypatch.setattr(json, "dumps", lambda *_, **__: 1 / 0)
    write_files(tmp_path / "orders", ORDERS)
    outcome = hansa("version --format json", "orders")
    assert (outcome.code, outcome.out, outcome.err) == (
        70,
        "",
        "error: hansa failed unexpectedly: ZeroDivisionError: division by zero\n"
        "hint: set HANSA_TRACEBACK=1, run it again and report what it prints\n",
    )
