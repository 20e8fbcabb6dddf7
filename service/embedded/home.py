"""Where the servers' data may live, and which user runs them: Postgres refuses to run as root."""

import contextlib
import hashlib
import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.embedded.processes import EmbeddedError

log = logging.getLogger(__name__)

SERVER_USER = "nobody"


@dataclass(frozen=True)
class ServerDirectory:
    """A directory the servers' user can reach, and who that user is (None: the same as ours)."""

    path: Path
    account: pwd.struct_passwd | None

    def folder(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def popen(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        """Run a server program as the servers' user, deaf to our terminal and to our PG* variables."""
        if self.account:
            options |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        env = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath, "HOME": str(self.path)} | options.pop("env", {})
        return subprocess.Popen(command, cwd=self.path, env=env, stdin=subprocess.DEVNULL, start_new_session=True, **options)

    def reaches(self, path: Path) -> bool:
        return self.account is None or _may_enter(path, self.account)


def home_of(data_dir: Path) -> ServerDirectory:
    """`data_dir` itself, unless we are root and the lesser user cannot get there: then a folder of its own, elsewhere.

    No permission of a folder above is ever loosened.
    """
    if os.geteuid() != 0:
        return ServerDirectory(data_dir, None)
    account = _server_account(data_dir)
    if _may_enter(data_dir, account):
        return ServerDirectory(data_dir, account)
    name = "doorstep-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        path = parent / name
        if _may_enter(parent, account) and os.access(parent, os.W_OK):
            path.mkdir(mode=0o755, exist_ok=True)
            if path.is_symlink() or path.stat().st_uid != 0:
                raise EmbeddedError(f"{path} belongs to somebody else; remove it or choose another --data-dir")
            log.warning("%s cannot be reached by user %s; the servers keep their data in %s", data_dir, account.pw_name, path)
            return ServerDirectory(path, account)
    raise EmbeddedError(f"user {account.pw_name} cannot reach {data_dir}; choose a --data-dir outside private folders")


def _server_account(data_dir: Path) -> pwd.struct_passwd:
    """The owner of the data that is there already, else `nobody`."""
    cluster = data_dir / "postgres"
    with contextlib.suppress(FileNotFoundError, KeyError):
        owner = cluster.stat().st_uid
        if owner != 0:
            return pwd.getpwuid(owner)
    return pwd.getpwnam(SERVER_USER)


def _may_enter(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether a user may pass through every folder down to `path`, by the permission bits alone."""
    return all(_may_pass(folder.stat(), account) for folder in (path.resolve(), *path.resolve().parents))


def _may_pass(status: os.stat_result, account: pwd.struct_passwd) -> bool:
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def reachable(home: ServerDirectory, program: Path, root: Path) -> Path:
    """The program, or a copy of its folder `root` inside our home where the servers' user cannot reach the original."""
    if home.reaches(program.parent):
        return program
    copy = home.path / "programs" / hashlib.sha256(os.fsencode(root) + str(root.stat().st_mtime_ns).encode()).hexdigest()[:12]
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(root, draft / root.name, symlinks=True, ignore=shutil.ignore_patterns("include", "__pycache__"))
        libraries = root.with_name(root.name + ".libs")  # where a wheel keeps the libraries its programs are linked to
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (home.path / "programs", draft):
            folder.chmod(0o755)
        draft.rename(copy)
    return copy / root.name / program.relative_to(root)
