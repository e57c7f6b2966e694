"""The pytest plugin: settles the cell before TensorFlow is imported, gathers a record a law, and tells of them.

Every pytest session of every project that has likewise installed loads this module. So it imports the rest of
likewise inside its hooks, and TensorFlow only where ``LIKEWISE_EXPECT`` asks what really runs.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Generator, Iterator, List, Optional, Sequence, Tuple

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter
    from packaging.requirements import Requirement

    from likewise.record import Document
    from likewise.running import LawRun
    from likewise.sharding.folder import Folder

#: Requirements, one a line, that the session must run on: tox writes what it installed into it.
EXPECT = "LIKEWISE_EXPECT"

#: What runs of these need not be what is installed (TF_USE_LEGACY_KERAS, PYTHONPATH …), so the cell is asked too.
ASKED_OF_THE_CELL = ("tensorflow", "keras", "tf-keras")

#: Under which a worker tells the controller.
TOLD = "likewise"

#: Under which the controller tells workers where the shards of a law's test note what they came to.
SHARDS = "likewise_shards"

#: What a shard's test has at the end of its name: "test_law[2 of 4]".
SHARD = re.compile(r"-?\d+ of \d+\]\Z")

#: The cell that a process was, as builtin types, and what kept it from being one.
Told = Tuple[Optional[Dict[str, Any]], str]

IN_THE_HEADER = (*ASKED_OF_THE_CELL, "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos", "tf-nightly")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each on the command line and in the ini-file."""
    group = parser.getgroup("likewise")
    for name, choices, text in (
        (
            "numerics",
            "strict|native",
            "oneDNN off and one thread an operation, so that equal programs give equal bits; or TensorFlow as it is",
        ),
        ("behavior", "v2|compat1", "how TensorFlow behaves: as TensorFlow 2, or as TensorFlow 1"),
    ):
        group.addoption(f"--likewise-{name}", metavar=choices, help=text)
        parser.addini(f"likewise_{name}", f"{choices}: {text}")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Settle the cell before a conftest or a test can import TensorFlow."""
    _settle(early_config, early_config.known_args_namespace)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start on what is not expected, and start to listen."""
    _settle(config, config.option)  # again: a worker loads a plugin that is named by -p after its conftests
    expected = _expected(os.environ.get(EXPECT, ""))
    output = getattr(config, "workeroutput", None)
    if output is not None:
        config.pluginmanager.register(_Laws(config, bool(expected), partial(output.__setitem__, TOLD)))
        return
    wrong = [why for each in expected for why in [_mismatch_installed(each)] if why]
    if wrong:
        raise pytest.UsageError("\n".join(wrong))
    gathering = _Gathering(config, expected)
    config.pluginmanager.register(gathering)
    config.pluginmanager.register(_Laws(config, bool(expected), gathering.ran))


@pytest.hookimpl(trylast=True)  # so that the shard is named last
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Split the test of a law into shards, where there are several workers and several batches of examples."""
    batches = getattr(metafunc.function, "__dict__", {}).get("likewise_batches")
    sent = getattr(metafunc.config, "workerinput", {})
    count = min(sent["workercount"], batches()) if batches is not None and SHARDS in sent else 1
    if count > 1:
        metafunc.fixturenames.append("likewise_shard")
        shards = [(number, count) for number in range(count)]
        ids = [f"{number + 1} of {count}" for number in range(count)]
        metafunc.parametrize("likewise_shard", shards, indirect=True, ids=ids)


@pytest.fixture
def likewise_shard() -> None:
    """A name to collect the shards of a test by; it is ``pytest_runtest_call`` that makes the test a shard."""


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Make the test of a law the shard that it was collected as."""
    shard = getattr(getattr(item, "callspec", None), "params", {}).get("likewise_shard")
    if shard is None:
        yield
        return
    import hashlib

    from likewise.sharding.shard import Shard, taken

    test = hashlib.sha256(_whole(item.nodeid).encode("utf-8")).hexdigest()[:16]
    folder: str = item.config.workerinput[SHARDS]  # type: ignore[attr-defined]  # xdist put it there
    number, count = shard
    with taken(Shard(number, count, Path(folder) / test)):
        yield


def _whole(nodeid: str) -> str:
    """The name of a test without its shard."""
    return SHARD.sub("]", nodeid).replace("[]", "")


def pytest_report_header(config: pytest.Config) -> str:
    """Tell the cell as it is wanted and installed; the true one is in the summary, once TensorFlow was imported."""
    versions = ((name, _installed(name)) for name in IN_THE_HEADER)
    found = ", ".join(f"{name} {version}" for name, version in versions if version)
    return (
        f"likewise: numerics {_setting(config, config.option, 'numerics') or 'strict'}, "
        f"behavior {_setting(config, config.option, 'behavior') or 'as TensorFlow has it'}, "
        f"installed {found or 'no TensorFlow'}"
    )


def _setting(config: pytest.Config, options: Any, name: str) -> Optional[str]:
    """What was chosen on the command line, else in the environment, else in the ini-file; None where nothing was."""
    return (
        getattr(options, f"likewise_{name}", None)
        or os.environ.get(f"LIKEWISE_{name.upper()}")
        or config.getini(f"likewise_{name}")
        or None
    )


def _settle(config: pytest.Config, options: Any) -> None:
    """Settle the cell as chosen. Raises UsageError for what is no choice, or comes too late."""
    from likewise import cell
    from likewise.errors import CellError

    try:
        cell.settle(numerics=_setting(config, options, "numerics"), behavior=_setting(config, options, "behavior"))
    except CellError as error:
        raise pytest.UsageError(f"likewise: {error}") from None
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1 and (_setting(config, options, "numerics") or "strict") == "strict":
        # Workers share the cores, so none may take them all; an operation has one thread anyway.
        for pool in ("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ.setdefault(pool, "1")


class _Laws:
    """In a process that runs tests: attaches the records of the laws that a test ran to the test's report."""

    def __init__(self, config: pytest.Config, expecting: bool, tell: Callable[[Told], None]) -> None:
        self.config = config
        self.expecting = expecting
        self.tell = tell
        self.records: List[Document] = []

    def pytest_sessionstart(self) -> None:
        from likewise import listening

        listening.listeners.append(self.finished)

    def finished(self, run: LawRun) -> None:
        """Note a law that has run."""
        from likewise import record
        from likewise.sharding.joining import told

        if run.shard is None:
            law = record.law_record(run, _directory(self.config), _write_page)
            self.records.append(record.document(run.cell, [law]))
        else:  # the page is written once the shards are joined
            law = record.law_record(run, run.shard.own_folder)
            self.records.append({**record.document(run.cell, [law]), "shard": told(run, law)})

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, None]:
        report = (yield).get_result()
        _leave_out_our_frame(report.longrepr)
        if self.records:
            # An attribute of builtin types travels with the report, from a worker as well.
            report.likewise_records, self.records = self.records, []

    def pytest_sessionfinish(self) -> None:
        from likewise import listening

        listening.listeners.remove(self.finished)
        if not self.config.pluginmanager.has_plugin("dsession"):  # xdist's controller runs no tests
            compared = {"tensorflow", "likewise.comparing"} <= set(sys.modules)
            self.tell(_cell_here() if compared or self.expecting else (None, ""))


def _write_page(file: str) -> Path:
    from likewise.report.html import write_page  # only a failure needs what it is made with

    return write_page(file)


def _cell_here() -> Told:
    from likewise import cell
    from likewise.errors import CellError

    try:
        return cell.current().to_json(), ""
    except (CellError, ImportError) as error:
        return None, str(error)


def _leave_out_our_frame(longrepr: Any) -> None:
    """Of a failure whose one frame to be shown is likewise's own, a law's test, leave what was raised."""
    entries = getattr(getattr(longrepr, "reprtraceback", None), "reprentries", [])
    place = getattr(entries[0], "reprfileloc", None) if len(entries) == 1 else None
    if place is not None and os.path.dirname(os.path.abspath(place.path)) == os.path.dirname(os.path.abspath(__file__)):
        entries[0].lines = [line for line in entries[0].lines if line.startswith("E ")]
        entries[0].reprfileloc = None


class _Gathering:
    """In the process that reports: keeps the records of all processes, and judges the session as a whole."""

    def __init__(self, config: pytest.Config, expected: Sequence[Requirement]) -> None:
        self.config = config
        self.expected = expected
        self.laws: List[Tuple[str, str, Dict[str, Any]]] = []
        self.cells: List[Dict[str, Any]] = []
        self.lost: Dict[str, str] = {}
        self.problems: List[str] = []
        self.shards: Dict[Tuple[str, str], List[Document]] = {}
        self.folder: Optional[Folder] = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if self.config.getoption("dist") == "each":
            return  # every worker runs all tests, whole
        if self.folder is None:
            from likewise.sharding.folder import Folder

            self.folder = Folder(_directory(self.config) / "shards", node.workerinput["testrunuid"])
        node.workerinput[SHARDS] = str(self.folder.path)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for kept in getattr(report, "likewise_records", ()):
            if "shard" not in kept:
                self.note(kept, report.nodeid)
                continue
            test = _whole(report.nodeid), kept["shard"]["law"]["name"]
            parts = self.shards.setdefault(test, [])
            parts.append(kept)
            if len(parts) == kept["shard"]["count"]:
                self.join(*test)

    def note(self, kept: Document, nodeid: str) -> None:
        """Keep a record, and tell of it."""
        self.laws.extend((law["name"], nodeid, law) for law in kept["laws"])
        self.keep(kept)

    def join(self, nodeid: str, name: str) -> None:
        """Make one record of those of all shards of a test, and put what they left in its place."""
        from likewise.record import failing
        from likewise.sharding.joining import joined

        parts = self.shards.pop((nodeid, name))
        law = joined([part["shard"] for part in parts])
        for witness in [law["witness"], *(each["witness"] for each in law["breaks"])]:
            if witness is not None and witness["file"]:
                self.place(witness)
        if failing(law) is not None and law["witness"]["file"]:
            self.page(law["witness"])
        self.note({"schema": parts[0]["schema"], "cell": parts[0]["cell"], "laws": [law]}, nodeid)

    def place(self, witness: Dict[str, Any]) -> None:
        """Move the file of a shard's witness to where witnesses are."""
        file = Path(witness["file"])
        target = _directory(self.config) / "witnesses" / file.name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.exists():  # several breaks of a claim have one witness
                os.replace(str(file), str(target))
            witness["file"] = str(target)
        except OSError as error:
            witness.update(file=None, unsaved=f"{target}: cannot be written: {error}")

    def page(self, witness: Dict[str, Any]) -> None:
        """Write the page of a failure."""
        from likewise.errors import WitnessError

        try:
            witness["page"] = str(_write_page(witness["file"]))
        except WitnessError as error:
            witness["unsaved"] = str(error)

    def keep(self, kept: Document) -> None:
        """Write a record down, right away: what comes later may be an interrupt."""
        from likewise import record
        from likewise.errors import RecordError

        try:
            record.append(kept, _directory(self.config))
        except RecordError as error:
            self.problems.append(str(error))

    def ran(self, told: Told) -> None:
        """Hear from a process what it ran on, or why it could not."""
        cell, problem = told
        if cell is not None and cell not in self.cells:
            self.cells.append(cell)
        if problem and self.expected:
            self.problems.append(f"{EXPECT} is set, but {problem}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        told = getattr(node, "workeroutput", {}).get(TOLD)
        if told is not None:
            self.ran(told)
        elif error:
            self.lost[node.gateway.id] = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: Any) -> None:
        self.lost[report.node.gateway.id] = crashitem

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        for nodeid, name in list(self.shards):
            self.join(nodeid, name)
            self.problems.append(f"{nodeid} was not run as a whole")
        if self.folder is not None:
            self.folder.close()
        if self.expected and not self.cells:
            self.problems.append(f"{EXPECT} is set, but nothing told which TensorFlow ran")
        wrong = (_mismatch_running(each, cell) for cell in self.cells for each in self.expected)
        self.problems.extend(why for why in wrong if why)
        for worker, item in sorted(self.lost.items()):
            self.problems.append(
                f"worker {worker} died" + (f", and the records of {item} are lost with it" if item else "")
            )
        if self.problems and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if not (self.laws or self.cells or self.problems):
            return
        from likewise.record import failing
        from likewise.report.terminal import heading, law_line, not_asked, reproducing, summary
        from likewise.witness.file import options_for

        terminalreporter.section("likewise")
        for cell in sorted(map(heading, self.cells)):
            terminalreporter.write_line(cell)
        found = sorted(self.laws, key=lambda each: each[:2])
        laws = [law for _, _, law in found]
        width = max((len(law["name"]) for law in laws), default=0)
        for _, nodeid, law in found:
            terminalreporter.write_line(law_line(law, width), red=not law["ok"])
            for problem in law["problems"]:
                terminalreporter.write_line(f"    {problem}", red=True)
            witness = failing(law)
            if witness is not None:
                options = options_for(law["name"])
                for line in reproducing(f"pytest {shlex.quote(nodeid)}", witness, options=options):
                    terminalreporter.write_line(f"    {line}")
        if laws:
            compared = sum(claim["compared"] for law in laws for claim in law["claims"].values())
            terminalreporter.write_line(f"{summary(laws)}; {compared:,} things compared")
            if not_asked(laws):
                terminalreporter.write_line(not_asked(laws))
        for problem in dict.fromkeys(self.problems):  # each worker may tell the same
            terminalreporter.write_line(problem, red=True)


def _directory(config: pytest.Config) -> Path:
    """Where records and witnesses of this session are kept."""
    from likewise.files import DIRECTORY

    return config.rootpath / DIRECTORY


def _expected(text: str) -> List[Requirement]:
    """The requirements in LIKEWISE_EXPECT. Raises UsageError for what is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            raise pytest.UsageError(
                f"{EXPECT}={line!r}, but expected requirements, one a line, such as 'tensorflow==2.15.1'"
            ) from None
        if requirement.marker is None or requirement.marker.evaluate():
            found.append(requirement)
    return found


def _installed(name: str) -> Optional[str]:
    """The version of an installed distribution, None where there is none."""
    if sys.version_info >= (3, 8):
        from importlib import metadata
    else:
        import importlib_metadata as metadata
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _mismatch_installed(requirement: Requirement) -> str:
    """Why what is installed cannot be what was asked for; "" where it can. Known before anything is imported."""
    version = _installed(requirement.name)
    if version is None and requirement.name in ASKED_OF_THE_CELL:
        return ""  # another distribution may bring it
    return _mismatch(
        requirement, f"{requirement.name} {version} is installed" if version else "it is not installed", version
    )


def _mismatch_running(requirement: Requirement, cell: Dict[str, Any]) -> str:
    """Why what ran is not what was asked for; "" where it is."""
    if requirement.name not in ASKED_OF_THE_CELL:
        return ""
    name, version = ("TensorFlow", cell["tensorflow"]) if requirement.name == "tensorflow" else ("Keras", cell["keras"])
    wrong_generation = requirement.name == "tf-keras" and cell["generation"] != 2
    return _mismatch(requirement, f"{name} {version} ran", None if wrong_generation else version)


def _mismatch(requirement: Requirement, found: str, version: Optional[str]) -> str:
    """The message for a version that is not the one asked for; "" where it is."""
    if version is not None and requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{EXPECT} asks for {requirement}, but {found}; install what it asks for, or correct the variable"
