"""Places in which nothing can be stored are refused in one line; root changes nothing through a link."""

import errno
import grp
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.directories import DirectoryError, make_anew, make_private
from service.embedded_postgres import EmbeddedPostgres
from service.host.supervisor import make_data_dir
from service.settings import Settings
from tests.command_line import COMMAND, Dunwatch
from tests.waiting import DEADLINE_SECONDS

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root can change the owners of files")
SUBDIRECTORIES = ("postgres", "keys", "metrics", "replica", "exports", "evidence", "imports", "models")


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that others may pass through."""
    path = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def victim(home: Path) -> Path:
    """A directory of somebody else's, which nobody asked the service to touch."""
    path = home / "victim"
    path.mkdir(mode=0o755)
    (path / "letter").write_text("mine")
    return path


def untouched(victim: Path) -> bool:
    found = victim.stat()
    return (
        found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o755 and (victim / "letter").exists()
    )


def link(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def dangling(place: Path, _victim: Path) -> None:
    place.symlink_to("nowhere")


def loop(place: Path, _victim: Path) -> None:
    place.symlink_to(place.name)


def file(place: Path, _victim: Path) -> None:
    place.write_text("x")


def pipe(place: Path, _victim: Path) -> None:
    os.mkfifo(place)


@as_root
@pytest.mark.parametrize("put", [link, dangling, loop, file, pipe], ids=lambda put: put.__name__)
def test_root_uses_nothing_but_a_directory(
    home: Path, victim: Path, put: Callable[[Path, Path], None]
) -> None:
    put(home / "place", victim)
    for make in (make_private, make_anew, lambda path: make_private(path, owner=NOBODY)):
        with pytest.raises(DirectoryError) as refused:
            make(home / "place")
        assert len(str(refused.value).splitlines()) == 1
    assert untouched(victim)


@as_root
def test_root_uses_no_directory_of_a_stranger(home: Path) -> None:
    (home / "place").mkdir()
    os.chown(home / "place", 12345, 12345)
    with pytest.raises(DirectoryError, match="12345"):
        make_private(home / "place", owner=NOBODY)
    assert (home / "place").stat().st_uid == 12345


@as_root
def test_root_uses_no_directory_that_anybody_can_replace(home: Path) -> None:
    (home / "open" / "inner").mkdir(parents=True)
    (home / "open").chmod(0o777)
    with pytest.raises(DirectoryError, match="chmod o-w"):
        make_private(home / "open" / "inner" / "place")
    (home / "open").chmod(0o1777)
    make_private(home / "open" / "inner" / "place")


PEOPLE = [
    pwd.struct_passwd(("root", "x", 0, 0, "", "/", "/bin/sh")),
    pwd.struct_passwd(("anna", "x", 12345, 12345, "", "/", "/bin/sh")),
    pwd.struct_passwd(("bo", "x", 12346, 12346, "", "/", "/bin/sh")),
]
GROUPS = {23456: ["bo"], 23457: ["root"], 23458: []}


def member_groups(group: int) -> grp.struct_group:
    return grp.struct_group(("some", "x", group, GROUPS[group]))


@as_root
@pytest.mark.parametrize(
    ("owner", "group", "mode", "advice"),
    [
        (12345, 0, 0o755, "12345"),  # somebody's home
        (12345, 0, 0o1777, "12345"),  # the owner of a sticky directory replaces what is in it
        (0, 23456, 0o775, "chmod g-w"),
        (0, 12345, 0o775, "chmod g-w"),  # a group by its user's own entry
        (0, 23456, 0o1775, None),
        (0, 23456, 0o755, None),
        (0, 23457, 0o775, None),  # nobody but root is in it
        (0, 23458, 0o2775, None),  # nobody is
        (0, 34567, 0o2775, None),  # nobody knows it: that of a container's volume
        (0, 0, 0o775, None),
        (0, 0, 0o1777, None),
        (NOBODY, 0, 0o755, None),  # who is to own it
    ],
)
@pytest.mark.parametrize("way", ["straight", "by a link", "by a link in it", "by a relative link"])
def test_root_uses_no_directory_that_another_user_can_replace(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: int,
    group: int,
    mode: int,
    advice: str | None,
    way: str,
) -> None:
    monkeypatch.setattr(pwd, "getpwall", lambda: PEOPLE)
    monkeypatch.setattr(grp, "getgrgid", member_groups)
    (home / "place" / "inner").mkdir(parents=True)
    (home / "elsewhere").mkdir()
    (home / "place" / "away").symlink_to(home / "elsewhere")
    targets = {
        "straight": home / "place" / "inner",
        "by a link": home / "place" / "inner",
        "by a link in it": home / "place" / "away",
        "by a relative link": Path("elsewhere/../place/inner"),
    }
    os.chown(home / "place", owner, group)
    (home / "place").chmod(mode)
    (home / "link").symlink_to(targets[way])
    place = targets[way] if way == "straight" else home / "link"
    if advice is None:
        make_private(place / "data", owner=NOBODY)
        return
    with pytest.raises(DirectoryError, match=advice) as refused:
        make_private(place / "data", owner=NOBODY)
    assert len(str(refused.value).splitlines()) == 1


@as_root
def test_the_socket_of_a_long_path_is_never_put_behind_a_link(
    home: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    server = EmbeddedPostgres(home / ("a" * 60) / ("b" * 60) / "pg")
    sockets = server._socket_dir
    assert sockets.parent == home
    sockets.symlink_to(victim)
    with pytest.raises(DirectoryError, match=sockets.name):
        server.start()
    assert untouched(victim)
    assert server.pid() is None


@as_root
@pytest.mark.parametrize("name", SUBDIRECTORIES)
def test_root_serves_from_no_directory_behind_a_link(home: Path, victim: Path, name: str) -> None:
    data = home / "data"
    data.mkdir()
    (data / name).symlink_to(victim)
    with pytest.raises(DirectoryError):
        make_private(data / name)
    if name in ("postgres", "metrics"):  # the supervisor's own
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS")}
        environment |= {"DUNWATCH_DATA_DIR": str(data), "DUNWATCH_PORT": "1"}
        ended = subprocess.run(
            [*COMMAND, "migrate"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_SECONDS,
        )
        assert ended.returncode == 1
        assert name in ended.stderr
        assert "Traceback" not in ended.stderr
    assert untouched(victim)


def test_a_data_directory_may_be_kept_elsewhere(home: Path, victim: Path) -> None:
    (home / "data").symlink_to(victim)
    make_data_dir(Settings(data_dir=home / "data"))
    assert untouched(victim)


def test_what_is_made_anew_is_empty_and_nothing_behind_links_is_lost(home: Path, victim: Path) -> None:
    place = home / "place"
    make_private(place)
    (place / "a").mkdir()
    (place / "a" / "b").write_text("x")
    (place / "a" / "link").symlink_to(victim)
    (place / "link").symlink_to(victim)
    make_anew(place)
    assert list(place.iterdir()) == []
    assert untouched(victim)


IMPOSSIBLE = {
    "a parent that is a file": "/dev/null/data",
    "a file": "/dev/null",
    "no place for directories": "/proc/data",
    "no permission even for root": "/sys/kernel/data",
    "a part that is too long": "/tmp/" + "x" * 300,
    "a path that is too long": "/tmp" + "/xxxxxxxx" * 600,
    "a line break": "/dev/null/da\nta",
    "no UTF-8": "/dev/null/\udcff",
    "an escape sequence": "/dev/null/\x1b[31m",
    "markup": "/dev/null/[red]",
}
COMMANDS = ("serve", "api", "migrate", "keys list", "import x --format csv --source y", "export x", "lookup 1", "follow",
    "purge", "score", "upkeep --once", "export-worker", "reviews", "privacy", "openapi", "verify x", "log x")  # fmt: skip


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_data_directory_that_cannot_be_made_is_told_in_one_line(case: str, dunwatch: Dunwatch) -> None:
    ended = dunwatch("keys", "list", DUNWATCH_DATA_DIR=IMPOSSIBLE[case])
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert "目录" in ended.stderr


def test_a_nul_character_is_told_in_one_line() -> None:
    with pytest.raises(DirectoryError, match="impossible character"):
        make_data_dir(Settings(data_dir=Path("/tmp/a\0b")))


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_ends_in_a_traceback_without_a_data_directory(command: str, dunwatch: Dunwatch) -> None:
    ended = dunwatch(*command.split(), DUNWATCH_DATA_DIR="/dev/null/data")
    assert "Traceback" not in ended.stderr
    assert ended.returncode in (0, 1, 2), ended.stderr
    if ended.returncode == 1:
        assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr


@as_root
def test_a_full_disk_and_one_that_is_read_only_are_told_in_one_line(home: Path, dunwatch: Dunwatch) -> None:
    disk = home / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=5", "tmpfs", disk],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        for name in "abcd":
            (disk / name).touch()
        full = dunwatch("keys", "list", DUNWATCH_DATA_DIR=str(disk / "data"))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        read_only = dunwatch("keys", "list", DUNWATCH_DATA_DIR=str(disk / "data"))
    finally:
        subprocess.run(["umount", disk], check=True)
    for ended, reason in ((full, errno.ENOSPC), (read_only, errno.EROFS)):
        assert ended.returncode == 1
        assert os.strerror(reason) in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
