"""Who may know whom, how long a file may be, and where the clock, the dice, the queue and the web framework may appear."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import matching

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("service", "matching", "workers", "migrations")
# Top to bottom; rooms on one floor do not know each other.
FLOORS = [
    {"app", "cli", "local_stack", "admin", "doctor", "demo"},
    {"operations", "set_up", "accounts", "centers", "partners"},
    {"digests", "outcomes", "forms"},
    {"matches", "feeds", "feedback", "calendars", "liveness", "company"},
    {"registrations", "catalog"},
    {"sessions"},
    {"residents", "activities"},
    {"organizations"},
    {"mail"},
    {"context"},
    {"web", "places", "interests"},
    {"settings", "clock", "errors", "db", "sql", "tokens", "jobs", "crypto", "ids", "access", "console", "logs", "faults", "embedded"},
]
# The mains: where the present instant and chance enter the program.
MAINS = {"service/clock.py", "service/local_stack.py", "workers/main.py"}
TOP = {
    *(".ci", ".editorconfig", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md"),
    *("deploy", "matching", "migrations", "pyproject.toml", "service", "tests", "workers"),
}


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (REPOSITORY / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def imports(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every module named by an import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def roots(path: Path) -> set[str]:
    return {module.split(".")[0] for module, _ in imports(path)}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "service" and len(parts) > 1 else None


def floor_of(room: str) -> int | None:
    return next((floor for floor, rooms in enumerate(FLOORS) if room in rooms), None)


def test_every_room_has_a_floor_and_every_floor_its_rooms() -> None:
    rooms = {path.relative_to(REPOSITORY).with_suffix("").parts[1] for path in sources("service")} - {"__init__"}
    assert rooms == set().union(*FLOORS)


def test_rooms_import_downwards_only() -> None:
    wrong = []
    for path in sources("service"):
        own = path.relative_to(REPOSITORY).with_suffix("").parts[1]
        for module, _ in imports(path):
            other = room_of(module)
            here, there = floor_of(own), floor_of(other) if other else None
            if other == own or here is None or there is None:
                continue
            ground = len(FLOORS) - 1
            above_or_beside = there <= here and here not in (0, ground)
            if above_or_beside or (here == ground and there != ground):
                wrong.append(f"{name_of(path)} imports {module}")
    assert not sorted(set(wrong))


# Inside a domain, top to bottom. A file of another name is a subject of its own, and may be used by all but the model.
LAYERS = ["pages", "api", "actions", "store", "model"]


def test_inside_a_domain_pages_lead_to_actions_and_actions_to_the_store() -> None:
    wrong = []
    for path in sources("service"):
        *room, own = path.relative_to(REPOSITORY).with_suffix("").parts
        if own not in LAYERS:
            continue
        above = {f"{'.'.join(room)}.{layer}" for layer in LAYERS[: LAYERS.index(own)]}
        if own == "api":
            above -= {f"{'.'.join(room)}.pages"}
        wrong += [f"{name_of(path)} imports {module}" for module in {module for module, _ in imports(path)} & above]
    assert not wrong


def test_only_the_store_of_a_domain_reads_its_queries() -> None:
    users = [path for path in sources("service") if "sql" in {module.rpartition(".")[2] for module, _ in imports(path)}]
    assert not [name_of(path) for path in users if path.stem != "store" and (path.parent / "store.py").exists()]


def test_matching_knows_only_numbers() -> None:
    allowed = {"numpy", "scipy", "sklearn", "threadpoolctl", "matching", *sys.stdlib_module_names}
    assert not {f"{name_of(path)}: {root}" for path in sources("matching") for root in roots(path) - allowed}


@pytest.mark.parametrize(
    ("package", "unknown", "except_in"),
    [
        ("service", {"workers"}, {"service/cli/stack.py", "service/cli/weeks.py"}),
        (
            "service",
            {"migrations"},
            {
                "service/operations/readiness.py",
                "service/cli/stack.py",
                "service/cli/__init__.py",
                "service/local_stack.py",
                "service/doctor/database.py",
            },
        ),
        ("workers", {"litestar"}, set[str]()),
        ("migrations", {"service", "workers", "matching"}, set[str]()),
    ],
)
def test_packages_keep_to_themselves(package: str, unknown: set[str], except_in: set[str]) -> None:
    assert not [name_of(path) for path in sources(package) if roots(path) & unknown and name_of(path) not in except_in]


def test_only_three_rooms_know_the_matcher() -> None:
    allowed = {"matches", "interests", "outcomes"}
    users = [path for path in sources("service") if "matching" in roots(path)]
    assert not [name_of(path) for path in users if path.relative_to(REPOSITORY).parts[1] not in allowed]


def test_others_see_only_the_face_of_the_matcher() -> None:
    def behind(path: Path) -> Iterator[str]:
        """Names that a file takes of the matcher and the face does not show."""
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name.startswith("matching."))
            elif isinstance(node, ast.ImportFrom) and node.module == "matching":
                yield from (alias.name for alias in node.names if alias.name not in matching.__all__)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("matching."):
                yield str(node.module)

    assert not [f"{name_of(path)}: {name}" for path in sources("service", "workers", "deploy") for name in behind(path)]


def test_the_face_of_the_matcher_shows_to_the_type_checker_what_it_shows_at_run_time() -> None:
    tree = ast.parse((REPOSITORY / "matching" / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(typed) == set(matching.__all__)
    for name, (module, there) in typed.items():
        home = import_module(str(module))
        assert getattr(matching, name) is (vars(home)[there] if there in vars(home) else import_module(f"{module}.{there}"))


def test_the_face_of_the_matcher_opens_no_room_before_it_is_asked() -> None:
    program = "import sys, matching; print(*sorted(name for name in sys.modules if name.split('.')[0] in ('matching', 'numpy', 'sklearn')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["matching"]


def test_the_queue_library_is_in_two_files() -> None:
    users = {name_of(path) for path in sources(*PACKAGES) if "arq" in roots(path)}
    assert users <= {"service/jobs.py", "workers/main.py"}


def test_the_web_framework_stays_in_the_pages() -> None:
    def allowed(path: Path) -> bool:
        name = name_of(path)
        return name in {"service/app.py", "service/context.py"} or name.startswith("service/web/") or path.stem.endswith(("pages", "api"))

    assert not [name_of(path) for path in sources(*PACKAGES) if "litestar" in roots(path) and not allowed(path)]


@pytest.mark.parametrize(("package", "most"), [("service", 500), ("workers", 500), ("migrations", 500), ("tests", 500), ("matching", 300)])
def test_no_file_is_too_long(package: str, most: int) -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in sources(package)}
    assert not {name: length for name, length in lengths.items() if length > most}


FORBIDDEN = set(
    [
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "datetime.date.today",
        "time.time",
        "random.random",
        "random.choice",
        "random.shuffle",
        "random.randint",
        "random.Random",
        "np.random.seed",
        "np.random.rand",
        "numpy.random.seed",
    ]
)


def test_the_clock_and_the_dice_are_arguments() -> None:
    wrong = []
    for path in sources(*PACKAGES):
        if name_of(path) in MAINS:
            continue
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        wrong += [f"{name_of(path)}:{call.lineno} {ast.unparse(call.func)}" for call in calls if ast.unparse(call.func) in FORBIDDEN]
    assert not wrong


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode:
        return [path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [name for name in listed.stdout.splitlines() if (REPOSITORY / name).exists()]


def test_the_front_of_the_house_holds_only_what_was_agreed() -> None:
    assert {name.split("/")[0] for name in tracked()} - {".venv", "var"} == TOP


def test_nothing_names_the_machine_it_was_written_on() -> None:
    words = [b"/" + b"work/", b"/" + b"root/", b"/home/" + b"user", b"pypi" + b".org", b"files." + b"pythonhosted"]
    texts = ((name, (REPOSITORY / name).read_bytes()) for name in tracked())
    assert not [(name, word) for name, text in texts for word in words if word in text]


def test_no_file_is_called_after_nothing_in_particular() -> None:
    names = {path.stem for path in sources(*PACKAGES)}
    assert not names & {"utils", "util", "helpers", "common", "manager", "misc"}
