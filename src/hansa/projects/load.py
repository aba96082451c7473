"""Loads a whole product from a tree of files, and tells every problem at once."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hansa.core.contract import Contract, ContractTable
from hansa.core.diagnostic import Diagnostic
from hansa.core.product import Materialization, Model, Product, Storage, UnitTest
from hansa.core.suggestion import did_you_mean
from hansa.core.version import Version
from hansa.errors import Place
from hansa.projects.contract import decode_contract
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.dbt.errors import DbtManifestMissing
from hansa.projects.dbt.load import DbtProject, load_dbt_project
from hansa.projects.dbt.release_files import LaterFiles, release_files
from hansa.projects.dbt.unit_tests import SelectRows
from hansa.projects.decoding import Reader
from hansa.projects.errors import ProductInvalid
from hansa.projects.fixture_files import FixtureFiles, ReadParquet
from hansa.projects.names import relation_name_problem
from hansa.projects.product_file import (
    DbtSettings,
    ModelSettings,
    ProductFile,
    read_product_file,
)
from hansa.projects.tree import PRODUCT_FILE, Tree, shown
from hansa.projects.unit_tests import read_unit_tests
from hansa.projects.yaml_document import YamlInvalid, decode_text

CONTRACT_FILE = "contract.yaml"
README_FILE = "README.md"
LOCKFILE = "hansa.lock"
_YAML_ENDINGS = (".yaml", ".yml")
_FIRST_VERSION = Version.parse("1.0.0")


# Gives the artifacts of the dbt project that product.yaml names.
FindArtifacts = Callable[[DbtSettings], Artifacts]


def load_product(
    tree: Tree,
    *,
    require_interface: bool = True,
    read_parquet: ReadParquet | None = None,
    find_artifacts: FindArtifacts | None = None,
    select_rows: SelectRows | None = None,
) -> Product:
    """The product that the files describe.

    With `require_interface=False` a contract that is missing or lists no tables is accepted,
    for commands that write it. `read_parquet` reads the Parquet fixtures of unit tests;
    without it they are problems. The models of a dbt project come from what `find_artifacts`
    gives, and rows of its tests that have to be computed from `select_rows`. Raises
    ProductInvalid with all problems, NotAProduct without product.yaml, DirectoryMissing and
    FileUnreadable, and what reading artifacts raises.
    """
    paths = tree.paths()
    if PRODUCT_FILE not in paths:
        raise tree.missing()
    loading = _Loading(tree, paths, read_parquet, find_artifacts, select_rows)
    product = loading.product(require_interface)
    if loading.findings:
        raise ProductInvalid(_in_order(loading.findings))
    return product


def load_product_file(tree: Tree) -> ProductFile:
    """What product.yaml alone says; nothing else is read. Raises as `load_product` does."""
    if PRODUCT_FILE not in tree.paths():
        raise tree.missing()
    findings: list[Diagnostic] = []
    head = read_product_file(
        tree.read(PRODUCT_FILE), Reader(shown(tree.label, PRODUCT_FILE), findings)
    )
    if findings:
        raise ProductInvalid(_in_order(findings))
    return head


def _under(label: str, finding: Diagnostic) -> Diagnostic:
    """The finding with its place as people see it."""
    if finding.place is None:
        return finding
    return replace(finding, place=replace(finding.place, file=shown(label, finding.place.file)))


def _in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file in the order of loading, then by line and column; each problem once."""
    unique = list(dict.fromkeys(findings))
    files: dict[str, int] = {}
    for finding in unique:
        files.setdefault(finding.place.file if finding.place else "", len(files))

    def key(finding: Diagnostic) -> tuple[int, int, int]:
        place = finding.place or Place("")
        return (files[place.file], place.line, place.column)

    return sorted(unique, key=key)


@dataclass(slots=True)
class _Loading:
    """One load: the files read so far and the problems found in them."""

    tree: Tree
    paths: Sequence[str]
    read_parquet: ReadParquet | None = None
    find_artifacts: FindArtifacts | None = None
    select_rows: SelectRows | None = None
    findings: list[Diagnostic] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def product(self, require_interface: bool) -> Product:
        head = read_product_file(self._read(PRODUCT_FILE), self._reader(PRODUCT_FILE))
        project = self._dbt_project(head)
        if project is not None:
            head = self._with_dbt(head, project)
        contract = self._contract(head, require_interface)
        notices: list[Diagnostic] = []
        if project is None:
            models = self._models(head.settings, contract)
            tests = self._tests(models)
        else:
            notices = [_under(self.tree.label, one) for one in project.translated.notices]
            notices += project.unlisted(contract, Place(self._shown(CONTRACT_FILE)))
            models = self._stored_models(project, head.settings, contract)
            tests = project.tests
        self._check(head, contract, models, require_interface)
        self._carry(project is not None)
        files: Mapping[str, bytes] = dict(sorted(self.files.items()))
        if project is not None:
            contract, files = self._as_plain_files(head, project, contract, models)
        return Product(
            name=head.name or "",
            contract=contract,
            owner=head.owner,
            description=head.description,
            dialect=head.dialect,
            requires=head.requires,
            sources=head.sources,
            models=models,
            tests=tests,
            targets=head.targets,
            registry=head.registry,
            allow_skew=head.allow_skew,
            fixes=head.fixes,
            policy=head.policy,
            readme=self._readme(),
            time_limit=head.time_limit,
            label=self.tree.label,
            files=files,
            notices=tuple(notices),
        )

    def _dbt_project(self, head: ProductFile) -> DbtProject | None:
        if head.dbt is None or head.dbt.compiled:
            return None
        if self.find_artifacts is None:
            raise DbtManifestMissing(self._shown(PRODUCT_FILE), "it cannot be compiled from here")
        required = {requirement.product for requirement in head.requires}
        stated = head.dialect if "dialect" in head.document else None
        return load_dbt_project(self.find_artifacts(head.dbt), required, stated, self.select_rows)

    def _with_dbt(self, head: ProductFile, project: DbtProject) -> ProductFile:
        """product.yaml with the sources of the dbt project beside its own."""
        self.findings += [_under(self.tree.label, found) for found in project.translated.findings]
        sources = dict(head.sources)
        for group, tables in project.translated.sources.items():
            # what product.yaml says of a table counts: there people can declare its columns
            sources[group] = {**tables, **head.sources.get(group, {})}
        return replace(head, dialect=project.dialect, sources=sources)

    def _stored_models(
        self, project: DbtProject, settings: Mapping[str, ModelSettings], contract: Contract
    ) -> Mapping[str, Model]:
        tables = {table.name for table in contract.tables}
        models = {}
        for name, model in project.translated.models.items():
            chosen = settings.get(name)
            storage = model.storage
            if chosen is not None and chosen.materialized is not None:
                storage = _storage(chosen, None)
            models[name] = replace(model, public=name in tables, storage=storage)
        return models

    def _as_plain_files(
        self,
        head: ProductFile,
        project: DbtProject,
        contract: Contract,
        models: Mapping[str, Model],
    ) -> tuple[Contract, Mapping[str, bytes]]:
        """The contract with what dbt promises, and what a release holds instead of the project."""
        complete = project.complete(contract)
        # a contract that dbt adds nothing to keeps its comments
        written: bytes | Contract = complete
        if complete == contract and CONTRACT_FILE in self.files:
            written = self.files[CONTRACT_FILE]
        read, sources, tests = self.files, head.sources, project.tests
        return complete, LaterFiles(
            lambda: {
                **read,
                **release_files(head.document, written, models, sources, tests, head.dialect),
            }
        )

    def _shown(self, path: str) -> str:
        return shown(self.tree.label, path)

    def _reader(self, path: str) -> Reader:
        return Reader(self._shown(path), self.findings)

    def _read(self, path: str) -> bytes:
        if path not in self.files:
            self.files[path] = self.tree.read(path)
        return self.files[path]

    def _text(self, path: str) -> str | None:
        try:
            return decode_text(self._read(path), self._shown(path))
        except YamlInvalid as problem:
            self._report(problem.rule, problem.place, problem.message, problem.hint)
            return None

    def _report(self, rule: str, place: Place, message: str, hint: str | None = None) -> None:
        self.findings.append(Diagnostic(rule, message, hint, place))

    def _contract(self, head: ProductFile, required: bool) -> Contract:
        reader = self._reader(CONTRACT_FILE)
        if CONTRACT_FILE in self.paths:
            return decode_contract(self._read(CONTRACT_FILE), reader, head.dialect)
        if required:
            hint = "run `hansa contract infer` to write one from the models"
            message = "the product has no contract.yaml"
            self._report("missing_contract", Place(self._shown(CONTRACT_FILE)), message, hint)
        return Contract(head.name or "", _FIRST_VERSION, place=Place(self._shown(CONTRACT_FILE)))

    def _models(
        self, settings: Mapping[str, ModelSettings], contract: Contract
    ) -> Mapping[str, Model]:
        tables = {table.name: table for table in contract.tables}
        models: dict[str, Model] = {}
        folded: dict[str, Model] = {}
        for path in self.paths:
            if not path.startswith("models/") or not path.lower().endswith(".sql"):
                continue
            name = unicodedata.normalize("NFC", posixpath.basename(path)[: -len(".sql")])
            problem = relation_name_problem(name)
            place = Place(self._shown(path))
            if problem is not None:
                message = f"`{name[:80]}` cannot be a model's name: {problem}"
                self._report("invalid_name", place, message, "rename the file")
                continue
            twin = folded.get(name.casefold())
            if twin is not None:
                message = (
                    f"the model `{name}` has two files, the other is `{self._shown(twin.path)}`"
                )
                self._report("duplicate_model", place, message, "rename or remove one of the files")
                continue
            sql = self._text(path)
            storage = _storage(settings.get(name), tables.get(name))
            chosen = settings.get(name)
            introspection = chosen.introspection if chosen else None
            model = Model(name, path, sql or "", storage, name in tables, introspection)
            folded[name.casefold()] = models[name] = model
        return models

    def _tests(self, models: Mapping[str, Model]) -> tuple[UnitTest, ...]:
        tests: list[UnitTest] = []
        names: dict[str, UnitTest] = {}
        files = FixtureFiles(self._fixture, self.read_parquet)
        for path in self.paths:
            if not path.startswith("tests/") or not path.lower().endswith(_YAML_ENDINGS):
                continue
            for test in read_unit_tests(self._read(path), self._reader(path), files):
                tests.append(test)
                self._check_test(test, names, models)
        return tuple(tests)

    def _check_test(
        self, test: UnitTest, names: dict[str, UnitTest], models: Mapping[str, Model]
    ) -> None:
        place = test.place or Place("")
        twin = names.setdefault(test.name, test)
        if twin is not test:
            message = f"the test `{test.name}` stands twice, first at {twin.place}"
            self._report("duplicate_test", place, message, "rename one of the two")
        if test.model not in models:
            message = f"the test `{test.name}` is for `{test.model}`, which is no model"
            hint = did_you_mean(test.model, models) or "write a model's name after `model:`"
            self._report("unknown_model", place, message, hint)

    def _fixture(self, name: str) -> tuple[str, bytes] | None:
        """A fixture by its path relative to tests/ or fixtures/, never outside them."""
        for folder in ("tests", "fixtures"):
            path = posixpath.normpath(f"{folder}/{name}")
            if path.startswith(f"{folder}/") and path in self.paths:
                return self._shown(path), self._read(path)
        return None

    def _check(
        self,
        head: ProductFile,
        contract: Contract,
        models: Mapping[str, Model],
        require_interface: bool,
    ) -> None:
        if head.name and contract.product and contract.product != head.name:
            message = (
                f"the contract is of `{contract.product}`, and product.yaml is of `{head.name}`"
            )
            place = contract.place or Place(self._shown(CONTRACT_FILE))
            hint = f"write `dataProduct: {head.name}` in contract.yaml"
            self._report("name_differs", Place(place.file), message, hint)
        if require_interface and not contract.tables and not self.findings:
            place = Place(self._shown(CONTRACT_FILE))
            message = "the contract lists no tables, so nobody could read anything"
            hint = "run `hansa contract infer` to write it from the models"
            self._report("empty_contract", place, message, hint)
        for table in contract.tables:
            if table.name not in models:
                self._report_table(table, models)
        self._check_relationships(head, contract)
        for name, settings in head.settings.items():
            if name not in models:
                message = f"there are settings for `{name}`, which is no model"
                hint = (
                    did_you_mean(name, models) or f"add models/{name}.sql, or remove the settings"
                )
                self._report("unknown_model", settings.place or Place(""), message, hint)

    def _report_table(self, table: ContractTable, models: Mapping[str, Model]) -> None:
        private = [name for name, model in models.items() if not model.public]
        hint = did_you_mean(table.name, private) or f"add models/{table.name}.sql"
        message = f"the contract lists the table `{table.name}`, which no model makes"
        place = table.place or Place(self._shown(CONTRACT_FILE))
        self._report("table_without_model", place, message, hint)

    def _check_relationships(self, head: ProductFile, contract: Contract) -> None:
        required = {requirement.product for requirement in head.requires}
        for table in contract.tables:
            columns = (
                relationship for column in table.columns for relationship in column.relationships
            )
            for relationship in (*table.relationships, *columns):
                product, dot, _ = relationship.to_table.partition(".")
                if dot and product not in required:
                    message = f"a relationship points to `{product}`, which is not required"
                    hint = did_you_mean(product, required) or f"run `hansa add {product}`"
                    place = relationship.place or Place("")
                    self._report("product_not_required", place, message, hint)

    def _carry(self, of_dbt: bool) -> None:
        """Read what a release carries besides what was read already.

        The folder tests/ of a dbt project is dbt's; its unit tests are in the manifest.
        """
        folders = ("fixtures",) if of_dbt else ("tests", "fixtures")
        for path in self.paths:
            folder = path.partition("/")[0]
            if folder in folders or path in (README_FILE, LOCKFILE):
                self._read(path)

    def _readme(self) -> str | None:
        return self._text(README_FILE) if README_FILE in self.paths else None


def _storage(settings: ModelSettings | None, table: ContractTable | None) -> Storage:
    """product.yaml's word, else the contract's, else a table for public models."""
    default = Materialization.VIEW
    if table is not None and table.kind != "view":
        default = Materialization.TABLE
    if settings is None:
        return Storage(default)
    return Storage(
        settings.materialized or default,
        settings.unique_key,
        settings.cursor,
        settings.lookback,
    )
