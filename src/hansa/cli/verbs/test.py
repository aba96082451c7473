"""hansa test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import (
    answer,
    print_error,
    print_lines,
    print_sentence,
    progress,
)
from hansa.cli.reports.options import (
    CoberturaOption,
    HtmlOption,
    JunitOption,
    LcovOption,
    SinceOption,
)
from hansa.cli.reports.wanted import WantedReports
from hansa.cli.test_options import (
    ExpressionOption,
    FirstOption,
    GenerateOption,
    LastFailedOption,
    MaxFailOption,
    ModelOption,
    NamesArgument,
    TimeoutOption,
    WatchOption,
    WriteOption,
)
from hansa.cli.test_text import print_results, results_json
from hansa.core.product import Thresholds
from hansa.core.release import ReleaseName
from hansa.ops.last_failed import last_failed, remember_failed
from hansa.ops.test import test
from hansa.ops.workspace import Workspace
from hansa.testing.name_expression import parse_name_expression
from hansa.testing.runner import TestReport
from hansa.testing.selection import EVERYTHING, Limits, Selection

# What measures, generates and watches is imported where it is asked for: loading all of it
# takes longer than a small suite does.
if TYPE_CHECKING:
    from hansa.ops.coverage import Covered
    from hansa.testing.mutation import MutationReport

app = typer.Typer()


@app.command("test")
def test_verb(
    ctx: typer.Context,
    names: NamesArgument = None,
    model: ModelOption = None,
    expression: ExpressionOption = None,
    last: LastFailedOption = False,
    first: FirstOption = False,
    maxfail: MaxFailOption = None,
    timeout: TimeoutOption = None,
    watch: WatchOption = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Workers; 0: as many as pay.")] = 0,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Measure which outcomes of the SQL tests show.")
    ] = False,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", min=0, max=100, help="Fail below this coverage in percent."),
    ] = None,
    fail_under_asserted: Annotated[
        float | None,
        typer.Option(
            "--fail-under-asserted",
            min=0,
            max=100,
            help="Fail when tests assert fewer of the public columns, in percent.",
        ),
    ] = None,
    mutated: Annotated[
        bool,
        typer.Option("--mutate", help="Measure which small wrong changes of the SQL tests notice."),
    ] = False,
    most: Annotated[
        int | None, typer.Option("--max", min=1, help="Try at most so many changes.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Which changes --max draws, or rows --generate.")
    ] = 0,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Change only this model's SQL.")
    ] = None,
    fail_under_mutation: Annotated[
        float | None,
        typer.Option(
            "--fail-under-mutation", min=0, max=100, help="Fail below this score in percent."
        ),
    ] = None,
    contexts: Annotated[
        bool, typer.Option("--contexts", help="Show what each test covers that no other does.")
    ] = False,
    generated: GenerateOption = None,
    write: WriteOption = False,
    since: SinceOption = None,
    html: HtmlOption = None,
    cobertura: CoberturaOption = None,
    lcov: LcovOption = None,
    junit: JunitOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Run the unit tests in a locked-down database."""
    selection = Selection(
        tuple(names or ()),
        tuple(model or ()),
        None if expression is None else parse_name_expression(expression),
    )
    limits = Limits(1 if first else maxfail or 0, timeout)
    wanted = WantedReports(html, cobertura, lcov, junit)
    measured = coverage or fail_under is not None or fail_under_asserted is not None
    measured = measured or since is not None
    traced = contexts or wanted.of_coverage
    if watch:
        gates = (fail_under, fail_under_asserted, fail_under_mutation)
        others = (
            traced or mutated or junit or since is not None or any(one is not None for one in gates)
        )
        if others or format is not Format.TEXT:
            raise typer.BadParameter(
                "watching shows the results as text, with --coverage what they cover"
            )
        where = directory_of(ctx, directory)
        _watch(where, selection, jobs, limits, last=last, coverage=coverage)
        return
    if generated is not None:
        _generate(directory_of(ctx, directory), generated, seed, timeout, write, format)
        return
    covered: Covered | None = None
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        if last:
            selection = _among_last_failed(workspace, selection)
        if measured or traced:
            from hansa.ops.coverage import test_with_coverage

            result, covered = test_with_coverage(
                workspace, selection, jobs, limits, contexts=traced, since=since
            )
        else:
            result = test(workspace, selection, jobs, limits)
        remember_failed(workspace, result)
        mutation: MutationReport | None = None
        if mutated or fail_under_mutation is not None:
            from hansa.ops.mutate import mutate
            from hansa.testing.mutation import Sample

            mutation = mutate(workspace, Sample(tuple(only or ()), most, seed), jobs)
    _warn_of_sunsets(workspace)
    answer(
        format,
        lambda: _json(result, covered) | _mutation_json(mutation),
        lambda: _print_all(result, covered, mutation, contexts=contexts),
    )
    if wanted.places:
        _write(wanted, workspace, result, covered, quiet=format is Format.JSON)
    # product.yaml speaks of all tests and all models, so it asks nothing of a part of them
    policy = workspace.product.policy.coverage if selection == EVERYTHING else Thresholds()
    if only:
        policy = replace(policy, mutation=None)
    options = Thresholds(fail_under, fail_under_asserted, fail_under_mutation)
    refused = _refuse(options, policy, covered, mutation)
    if refused or any(one.status != "passed" for one in result.results):
        raise typer.Exit(1)


def _write(
    wanted: WantedReports,
    workspace: Workspace,
    result: TestReport,
    covered: Covered | None,
    *,
    quiet: bool,
) -> None:
    from hansa.ops.reports import write_pages, write_reports

    write_reports(wanted.files(workspace.product, result, covered))
    if wanted.html is not None and covered is not None:
        write_pages(wanted.html, wanted.pages(workspace.product, result, covered))
    if not quiet:
        print_lines(*(f"wrote {what} to {path}" for what, path in wanted.places))


def _generate(
    directory: Path,
    model: str,
    seed: int,
    timeout: float | None,
    write: bool,
    format: Format,
) -> None:
    from hansa.cli.generation_text import generated_json, print_generated
    from hansa.ops.generate import generate
    from hansa.testing.generation.search import Effort

    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory, report=report)
        effort = Effort(seed) if timeout is None else Effort(seed, timeout)
        proposed = generate(workspace, model, effort, write=write)
    answer(format, lambda: generated_json(proposed), lambda: print_generated(proposed))


def _warn_of_sunsets(workspace: Workspace) -> None:
    pins = [ReleaseName(name, pin.version) for name, pin in workspace.lockfile.locked.items()]
    if not pins:
        return
    from hansa.ops.clock import today
    from hansa.ops.sunset import sunset_warnings

    for notice in sunset_warnings(lambda: workspace.registry, pins, today()):
        print_sentence("warning", notice)


def _refuse(
    options: Thresholds,
    policy: Thresholds,
    covered: Covered | None,
    mutation: MutationReport | None,
) -> bool:
    """Print an error for each figure that is too low; whether there was one."""
    if covered is None and mutation is None:
        return False
    from hansa.cli.gates import asked_for, refusals

    refused = refusals(asked_for(options, policy), covered, mutation)
    for refusal in refused:
        print_error(refusal)
    return bool(refused)


def _mutation_json(mutation: MutationReport | None) -> dict[str, Any]:
    if mutation is None:
        return {}
    from hansa.cli.mutation_text import mutation_json

    return {"mutation": mutation_json(mutation)}


def _print_all(
    report: TestReport,
    covered: Covered | None,
    mutation: MutationReport | None,
    *,
    contexts: bool,
) -> None:
    print_results(report)
    if covered is not None:
        from hansa.cli.coverage import print_contexts, print_coverage

        print_coverage(covered)
        if contexts:
            print_contexts(covered.contexts or ())
    if mutation is not None:
        from hansa.cli.mutation_text import print_mutation

        print_mutation(mutation)


def _json(report: TestReport, covered: Covered | None) -> dict[str, Any]:
    if covered is None:
        return results_json(report)
    from hansa.cli.coverage import coverage_json

    return results_json(report) | {"coverage": coverage_json(covered)}


def _among_last_failed(workspace: Workspace, selection: Selection) -> Selection:
    """Only the tests that failed; all, as pytest does, when none is known to have."""
    failed = last_failed(workspace)
    return replace(selection, among=failed) if failed else selection


def _watch(
    where: Path,
    selection: Selection,
    jobs: int,
    limits: Limits,
    *,
    last: bool,
    coverage: bool,
) -> None:
    from hansa.cli.test_watch import Watch

    if last:
        selection = _among_last_failed(Workspace(where), selection)
    Watch(where, selection, jobs, limits, coverage).run()
