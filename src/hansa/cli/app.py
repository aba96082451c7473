"""The command group: finds a verb, runs it, words what went wrong.

A verb's module is imported when the verb is called, so that `hansa --help` and shell
completion stay fast; what `--help` lists stands here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from hansa.cli.render import flush, print_error, print_sentence, word_os_error
from hansa.errors import HansaError, OutsideUnreachable

INTERRUPTED = 130
# how duckdb words Ctrl-C while it computes
_INTERRUPTED_QUERY = "Query interrupted"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
COMPLETION_VARIABLE = "_HANSA_COMPLETE"

PANELS: dict[str, dict[str, str]] = {
    "Write a product": {
        "init": "Start a product in a directory.",
        "check": "Check contract, SQL, version and dependents.",
        "test": "Run the unit tests.",
        "diff": "Show what changed between two versions, and what it requires.",
        "version": "Show or set the version that the contract declares.",
        "contract": "Infer, sync, export or import the contract.",
        "export": "Print lineage, dbt models or SQLMesh models for other tools.",
        "explain": "Say what a rule means, why, and how to mend it.",
    },
    "Require others": {
        "add": "Add a required product, and lock it.",
        "remove": "Remove a required product.",
        "lock": "Choose a release for every requirement.",
        "update": "Move requirements to newer releases.",
        "outdated": "Show which requirements have newer releases.",
        "tree": "Show the graph of pinned releases.",
        "sync": "Fetch the interfaces of the locked releases.",
        "build": "Compute the product in an embedded database, on fixtures.",
    },
    "Release": {
        "publish": "Verify, pack and publish a release.",
        "dependents": "Show the releases that require a product.",
        "impact": "Show which products, tables and columns a change would reach.",
        "deprecate": "Announce the end of a major line.",
        "yank": "Hide a release from new lockfiles.",
    },
    "Operate a target": {
        "deploy": "Put a release into a target.",
        "run": "Refresh the data of what is live.",
        "rollback": "Give readers the data back that the last run replaced.",
        "status": "Show live releases, who pins them, rows and bytes.",
        "retire": "End a major line in a target.",
        "gc": "Free what no live release needs.",
    },
    "Learn": {
        "demo": "Play the main job on real data.",
    },
}


class VerbGroup(TyperGroup):
    """Lists verbs from `PANELS` without importing them; imports the one that is called."""

    listing = False

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        for panel, verbs in PANELS.items():
            if cmd_name in verbs:
                if self.listing:
                    return TyperCommand(cmd_name, help=verbs[cmd_name], rich_help_panel=panel)
                module = import_module(f"hansa.cli.verbs.{cmd_name}")
                return typer.main.get_command(module.app)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        return [verb for verbs in PANELS.values() for verb in verbs]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.listing = False

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        self.listing = True
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self.listing = False

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # the names that typer's "did you mean" looks at
        for name in self.list_commands(ctx):
            self.commands.setdefault(name, TyperCommand(name))
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="hansa",
    cls=VerbGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from hansa import __version__

        typer.echo(f"hansa {__version__}")
        raise typer.Exit


@app.callback()
def hansa(
    ctx: typer.Context,
    directory: Annotated[
        Path | None, typer.Option("-C", metavar="DIR", help="Work in this product directory.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Versioned data products: contracts, compatibility checks and tests for SQL models."""
    ctx.obj = directory


def main() -> None:
    """Run the command line; ends the process with the exit code of the design, section 9."""
    sys.exit(flush(run(sys.argv[1:])))


def run(arguments: Sequence[str]) -> int:
    """Run one command and answer its exit code; what went wrong is printed, never raised."""
    try:
        with _named_shell(arguments) as remaining:
            ended_with = app(list(remaining), prog_name="hansa", standalone_mode=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except TyperException as error:
        _print_usage_error(error)
        return error.exit_code
    except HansaError as error:
        print_error(error)
        return error.exit_code
    except OSError as error:
        print_sentence("error", word_os_error(error))
        return OutsideUnreachable.exit_code
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) == _INTERRUPTED_QUERY:
            return INTERRUPTED
        # a mistake of ours; the person still gets a sentence, and the trace on request
        if os.environ.get("HANSA_TRACEBACK"):
            raise
        print_sentence("error", f"hansa failed unexpectedly: {type(error).__name__}: {error}")
        print_sentence("hint", "set HANSA_TRACEBACK=1, run it again and report what it prints")
        return 70
    return ended_with if isinstance(ended_with, int) else 0


def _print_usage_error(error: TyperException) -> None:
    message = error.format_message().replace("Value error, ", "").strip()
    if not message:
        # a group without a verb: its help is printed already
        return
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "hansa"
    print_sentence("error", message[0].lower() + message[1:].removesuffix("."))
    print_sentence("hint", f"run `{command} --help`")


@contextmanager
def _named_shell(arguments: Sequence[str]) -> Iterator[Sequence[str]]:
    """Let `--show-completion SHELL` print the script of any shell, not only of the running one.

    The framework's option takes no value where it can tell the shell; its environment variable
    does.
    """
    if len(arguments) != 2 or arguments[0] != "--show-completion" or arguments[1] not in SHELLS:
        yield arguments
        return
    os.environ[COMPLETION_VARIABLE] = f"source_{arguments[1]}"
    try:
        yield ()
    finally:
        del os.environ[COMPLETION_VARIABLE]
