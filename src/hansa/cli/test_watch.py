"""`hansa test --watch`: runs again what a change of the files touches, until it is ended."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hansa.cli.render import print_error, print_lines
from hansa.cli.test_text import print_results
from hansa.errors import HansaError
from hansa.ops.last_failed import remember_failed
from hansa.ops.test import test
from hansa.ops.watch import Snapshot, take_snapshot, touched_tests
from hansa.ops.workspace import Workspace
from hansa.testing.selection import Limits, Selection

if TYPE_CHECKING:
    from hansa.ops.coverage import Covered

_PAUSE = 0.2
_SHOWN_FILES = 3


@dataclass
class Watch:
    """One product directory under watch, and what is known of its tests."""

    directory: Path
    selection: Selection
    jobs: int
    limits: Limits
    # then all selected tests run each time, as the figures are of all of them together
    coverage: bool = False
    # the last state whose tests ran, and what changed since
    _state: Workspace | None = field(default=None, init=False)
    _changed: frozenset[str] = field(default=frozenset(), init=False)
    # tests that a limit kept from running, and those that did not pass
    _waiting: frozenset[str] = field(default=frozenset(), init=False)
    _failing: frozenset[str] = field(default=frozenset(), init=False)

    def run(self) -> None:
        """Run the tests now and after every change, until Ctrl-C."""
        try:
            seen = take_snapshot(self.directory)
            print_lines("watching; Ctrl-C ends it")
            self._react(())
            while True:
                after = self._settled(seen)
                files = seen.changed(after)
                seen = after
                self._react(files)
        except KeyboardInterrupt:
            return

    def _settled(self, seen: Snapshot) -> Snapshot:
        """The files once they differ from those seen and no longer change: editors write twice."""
        while True:
            time.sleep(_PAUSE)
            found = take_snapshot(self.directory)
            if not seen.changed(found):
                continue
            while True:
                time.sleep(_PAUSE)
                again = take_snapshot(self.directory)
                if not found.changed(again):
                    return found
                found = again

    def _react(self, files: tuple[str, ...]) -> None:
        if files:
            more = f" and {len(files) - _SHOWN_FILES} more" if len(files) > _SHOWN_FILES else ""
            print_lines("", f"changed: {', '.join(files[:_SHOWN_FILES])}{more}", style="bold")
        # a state that cannot be read is passed over: the next one is compared with the last good
        self._changed |= frozenset(files)
        try:
            self._test(Workspace(self.directory))
        except HansaError as error:
            print_error(error)
        sys.stdout.flush()

    def _test(self, workspace: Workspace) -> None:
        tests = workspace.product.tests
        names = frozenset(one.name for one in tests if self.selection.matches(one))
        chosen = names
        if self._state is not None and not self.coverage:
            touched = touched_tests(self._state, workspace, tuple(self._changed))
            chosen = names & (touched | self._waiting)
        covered: Covered | None = None
        if self.coverage:
            from hansa.ops.coverage import test_with_coverage

            report, covered = test_with_coverage(
                workspace, Selection(among=chosen), self.jobs, self.limits, contexts=False
            )
        else:
            report = test(workspace, Selection(among=chosen), self.jobs, self.limits)
        remember_failed(workspace, report)
        ran = {one.name for one in report.results}
        failed = {one.name for one in report.results if one.status != "passed"}
        still = (self._failing & names) - ran
        self._state, self._changed = workspace, frozenset()
        self._waiting, self._failing = chosen - ran, still | failed
        if chosen:
            print_results(report)
        else:
            print_lines("no test is touched")
        if covered is not None:
            from hansa.cli.coverage import print_coverage

            print_coverage(covered)
        if still:
            print_lines(f"still failing: {', '.join(sorted(still))}", style="red")
