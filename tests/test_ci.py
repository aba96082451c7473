"""What continuous integration uses: files of the documented shape, and scripts that run."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

from hansa import __version__

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "ci").glob("*.sh"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
PIPELINE = yaml.safe_load((ROOT / "ci/hansa.gitlab-ci.yml").read_text(encoding="utf-8"))

# Stands in for gh: keeps comments in a file, and refuses whatever the script should not ask.
FAKE_GH = """#!{python}
import json, os, pathlib, sys
store = pathlib.Path(os.environ["FAKE_GH"])
comments = json.loads(store.read_text())
arguments = sys.argv[1:]
assert os.environ["GH_TOKEN"] == "secret" and "secret" not in " ".join(arguments)
path = next(one for one in arguments if one.startswith("repos/"))
def body():
    field = arguments[arguments.index("-F") + 1]
    return pathlib.Path(field.removeprefix("body=@")).read_text()
if "PATCH" in arguments:
    (one,) = [one for one in comments if one["id"] == int(path.rpartition("/")[2])]
    one["body"] = body()
elif "POST" in arguments:
    assert path == "repos/team/shop/issues/7/comments"
    comments.append({{"id": len(comments) + 1, "user": "Bot", "body": body()}})
else:
    for one in comments:
        if one["user"] == "Bot" and one["body"].startswith(os.environ["marker"]):
            print(one["id"])
store.write_text(json.dumps(comments))
"""


def executable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """The environment of a runner, with hansa and a gh that is none."""
    programs = tmp_path / "bin"
    programs.mkdir()
    executable(programs / "hansa", f'#!/bin/sh\nexec {sys.executable} -m hansa "$@"\n')
    executable(programs / "gh", FAKE_GH.format(python=sys.executable))
    (tmp_path / "comments.json").write_text('[{"id": 1, "user": "User", "body": "hello"}]')
    (tmp_path / "temp").mkdir()
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HOME": str(tmp_path),
        "HANSA_REGISTRY": str(tmp_path / "registry"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_PATH": str(tmp_path / "path"),
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_REPOSITORY": "team/shop",
        "FAKE_GH": str(tmp_path / "comments.json"),
        "GH_TOKEN": "secret",
    }


def play(script: str, where: Path, environment: dict[str, str], **more: str) -> Any:
    return subprocess.run(
        ["bash", str(ROOT / "ci" / script)],
        cwd=where,
        env={**environment, **more},
        capture_output=True,
        text=True,
        check=False,
    )


def outputs(environment: dict[str, str]) -> dict[str, str]:
    lines = Path(environment["GITHUB_OUTPUT"]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def changed(tmp_path: Path, hansa: Hansa) -> Path:
    """Orders, published and read by sales, with a column gone since."""
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for command, product in (("publish", "orders"), ("lock", "sales"), ("publish", "sales")):
        assert hansa(command, product).code == 0
    contract = tmp_path / "orders/contract.yaml"
    lines = contract.read_text().splitlines(keepends=True)
    contract.write_text("".join(line for line in lines if "name: size" not in line))
    return tmp_path


def test_a_breaking_change_is_told_on_the_pull_request(
    changed: Path, runner: dict[str, str]
) -> None:
    checked = play("check.sh", changed, runner, HANSA_DIRECTORY="orders")
    assert checked.returncode == 1
    assert "::error file=orders/contract.yaml,title=column_removed::" in checked.stdout
    written = outputs(runner)
    sarif = json.loads(Path(written["sarif"]).read_text())
    assert "column_removed" in {one["ruleId"] for one in sarif["runs"][0]["results"]}
    comment = Path(written["comment"]).read_text()
    assert comment.startswith("<!-- hansa check of orders -->\n## orders 1.0.0\n")
    assert "**breaks sales&#64;1.0.0**" in comment
    assert Path(runner["GITHUB_STEP_SUMMARY"]).read_text() == comment
    for text in (comment, "<!-- hansa check of orders -->\nnothing\n"):
        Path(written["comment"]).write_text(text)
        told = {"HANSA_COMMENT": written["comment"], "HANSA_PULL_REQUEST": "7"}
        done = play("comment.sh", changed, runner, **told)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        comments = json.loads(Path(runner["FAKE_GH"]).read_text())
        assert [one["body"] for one in comments] == ["hello", text]


def test_no_comment_is_written_without_a_text(tmp_path: Path, runner: dict[str, str]) -> None:
    told = {"HANSA_COMMENT": str(tmp_path / "none.md"), "HANSA_PULL_REQUEST": "7"}
    done = play("comment.sh", tmp_path, runner, **told)
    assert (done.returncode, done.stderr) == (0, "hansa check left no comment to write\n")


def test_tests_write_their_reports(tmp_path: Path, runner: dict[str, str]) -> None:
    write_files(tmp_path / "orders", ORDERS)
    done = play("test.sh", tmp_path, runner, HANSA_DIRECTORY="orders")
    assert done.returncode == 0, done.stderr
    written = outputs(runner)
    assert ElementTree.parse(written["junit"]).getroot().tag == "testsuites"
    assert ElementTree.parse(written["cobertura"]).getroot().tag == "coverage"
    refused = play(
        "test.sh", tmp_path, runner, HANSA_DIRECTORY="orders", HANSA_FAIL_UNDER_ASSERTED="100"
    )
    assert refused.returncode in (0, 1)
    assert (refused.returncode == 1) is ("asserted" in refused.stderr)


def test_the_action_of_a_version_is_installed_into_the_path(
    tmp_path: Path, runner: dict[str, str]
) -> None:
    executable(tmp_path / "bin/python3", FAKE_PYTHON)
    done = play("install.sh", tmp_path, runner, HANSA_VERSION="1.2.3")
    assert done.returncode == 0, done.stderr
    said = (tmp_path / "said").read_text()
    assert said == "-m pip install --quiet --disable-pip-version-check hansa==1.2.3\n"
    assert (tmp_path / "path").read_text() == f"{tmp_path}/temp/hansa/bin\n"


def _given(value: str, event: dict[str, str]) -> str:
    """What a runner puts in the place of an expression of the action."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: event[found[1]], value)


def test_the_steps_of_the_action_run_one_after_the_other(
    changed: Path, runner: dict[str, str]
) -> None:
    subprocess.run(["git", "init", "--quiet", str(changed)], check=True)
    executable(changed / "bin/python3", FAKE_PYTHON)
    event = {
        **{f"inputs.{name}": one["default"] for name, one in ACTION["inputs"].items()},
        "inputs.directory": "orders",
        "inputs.token": "secret",
        "github.event.pull_request.number": "7",
    }
    del runner["GH_TOKEN"], runner["HANSA_REGISTRY"]
    event["inputs.registry"] = str(changed / "registry")
    codes = {}
    for step in ACTION["runs"]["steps"]:
        environment = {**runner, "GITHUB_ACTION_PATH": str(ROOT)}
        for name, value in step.get("env", {}).items():
            environment[name] = _given(value, event)
        # as a runner starts the steps of an action
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", step["run"]],
            cwd=changed,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        codes[step["name"]] = done.returncode
        assert "unbound variable" not in done.stderr
        if "id" in step:
            for key, value in outputs(runner).items():
                event[f"steps.{step['id']}.outputs.{key}"] = value
    assert codes == {"Install hansa": 0, "Check": 1, "Test": 0, "Comment": 0}
    values = [_given(one["value"], event) for one in ACTION["outputs"].values()]
    assert all(Path(value).stat().st_size for value in values)
    comments = json.loads(Path(runner["FAKE_GH"]).read_text())
    assert "**breaks sales&#64;1.0.0**" in comments[-1]["body"]


@pytest.mark.skipif("HANSA_TEST_INSTALL" not in os.environ, reason="downloads all dependencies")
def test_the_revision_of_the_action_is_installed(tmp_path: Path, runner: dict[str, str]) -> None:
    del runner["PYTHONPATH"]
    (tmp_path / "bin/hansa").unlink()
    done = play("install.sh", tmp_path, runner)
    assert done.returncode == 0, done.stderr
    installed = Path((tmp_path / "path").read_text().strip())
    shown = subprocess.run(
        [installed / "hansa", "--version"],
        cwd=tmp_path,
        env={"PATH": runner["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == f"hansa {__version__}\n"


def test_a_python_that_is_too_old_is_said(tmp_path: Path, runner: dict[str, str]) -> None:
    executable(tmp_path / "bin/python3", "#!/bin/sh\nexit 1\n")
    done = play("install.sh", tmp_path, runner)
    assert done.returncode == 2
    assert done.stderr == (
        "error: python3 is missing, or older than 3.11\n"
        "hint: put actions/setup-python before this action, or take a newer image\n"
    )
    assert not (tmp_path / "path").exists()


FAKE_PYTHON = """#!/bin/sh
# makes an environment whose python notes what it is asked
[ "$1" != -c ] || exit 0
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$@" >> "$HOME/said"\\n' > "$3/bin/python"
chmod +x "$3/bin/python"
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_valid_and_strict(script: Path) -> None:
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert re.search(r"^set -e?uo pipefail$", script.read_text(), re.MULTILINE)


def test_the_action_is_a_composite_of_steps_that_exist() -> None:
    assert set(ACTION) == {"name", "description", "branding", "inputs", "outputs", "runs"}
    assert all(set(one) <= {"description", "default"} for one in ACTION["inputs"].values())
    steps = ACTION["runs"]["steps"]
    assert ACTION["runs"]["using"] == "composite"
    # no step uses somebody else's action, and none puts a text of others into a script
    assert all("uses" not in step and step["shell"] == "bash" for step in steps)
    assert all("${{" not in step["run"] for step in steps)
    named = {re.search(r"ci/(\w+\.sh)", step["run"])[1] for step in steps}  # type: ignore[index]
    assert named == {script.name for script in SCRIPTS}
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


def commands() -> list[str]:
    texts = [hook["entry"] for hook in HOOKS]
    for job in PIPELINE.values():
        texts += job.get("script", [])
    texts += [re.sub(r"\\\n", " ", script.read_text()) for script in SCRIPTS]
    found = re.findall(r"^\s*(hansa [a-z][^|>&\n]*)", "\n".join(texts), re.MULTILINE)
    return [re.sub(r"\$\{thresholds\S+", "", one) for one in found]


@pytest.mark.parametrize("command", commands())
def test_every_command_and_option_exists(command: str, hansa: Hansa) -> None:
    words = shlex.split(command)
    assert words[0] == "hansa"
    shown = hansa(f"{words[1]} --help").out
    options = {word for word in words if word.startswith("-")}
    assert [option for option in options if option not in shown] == []


def test_the_hooks_have_the_documented_keys() -> None:
    assert [hook["id"] for hook in HOOKS] == ["hansa-check", "hansa-test", "hansa-lock"]
    for hook in HOOKS:
        assert set(hook) == {
            "id", "name", "description", "entry", "language", "pass_filenames", "files",
        }  # fmt: skip
        assert re.compile(hook["files"]).search("product.yaml")


def test_the_pipeline_reports_what_gitlab_reads() -> None:
    check, test = (PIPELINE[name]["artifacts"]["reports"] for name in ("hansa-check", "hansa-test"))
    assert check == {"codequality": "gl-code-quality-report.json"}
    assert test["junit"] in " ".join(PIPELINE["hansa-test"]["script"])
    assert test["coverage_report"]["path"] in " ".join(PIPELINE["hansa-test"]["script"])
    assert PIPELINE["hansa-test"]["extends"] == PIPELINE["hansa-check"]["extends"] == ".hansa"


def test_the_jobs_of_the_pipeline_run(changed: Path, runner: dict[str, str]) -> None:
    environment = {**runner, **PIPELINE["variables"], "HANSA_DIRECTORY": "orders"}
    codes = {}
    for job in ("hansa-check", "hansa-test"):
        # as a runner joins the lines of a script
        script = "\n".join(PIPELINE[job]["script"])
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=changed,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        codes[job] = done.returncode
        if "coverage" in PIPELINE[job]:
            assert re.search(PIPELINE[job]["coverage"].strip("/"), done.stdout)
        for report in PIPELINE[job]["artifacts"]["reports"].values():
            path = report if isinstance(report, str) else report["path"]
            assert (changed / path).stat().st_size
    assert codes == {"hansa-check": 1, "hansa-test": 0}


def test_findings_are_a_code_quality_report(changed: Path, hansa: Hansa) -> None:
    report = hansa("check --format gitlab", "orders").json
    gone = next(one for one in report if one["check_name"] == "column_removed")
    assert (gone["severity"], gone["location"]["lines"]["begin"]) == ("critical", 1)
    assert all(set(one) == set(gone) for one in report)
    assert len({one["fingerprint"] for one in report}) == len(report)


def test_files_that_cannot_be_read_are_a_comment_too(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", {**ORDERS, "product.yaml": "name: orders\nnam: <b>|x\n"})
    done = hansa("check --format markdown", "orders")
    assert done.code == 2
    assert done.out.startswith("<!-- hansa check of orders -->\n## orders\n\n**The product cannot")
    assert "<b>" not in done.out
