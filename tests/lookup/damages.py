"""Every way in which the files of a replica may be lost or damaged."""

import os
import shutil
from uuid import uuid4

import lmdb

from service.lookup.replica import META
from tests.lookup.hosts import Host


def forget_everything(host: Host) -> None:
    shutil.rmtree(host.directory)


def forget_the_link(host: Host) -> None:
    (host.directory / "current").unlink()


def forget_the_generation(host: Host) -> None:
    shutil.rmtree(host.generation)


def forget_the_data(host: Host) -> None:
    (host.generation / "data.mdb").unlink()


def overwrite_all(host: Host) -> None:
    data = host.generation / "data.mdb"
    data.write_bytes(b"\xa5" * data.stat().st_size)


def overwrite_the_rest(host: Host) -> None:
    data = host.generation / "data.mdb"
    content = data.read_bytes()
    data.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))


def put_a_directory_in_the_links_place(host: Host) -> None:
    (host.directory / "current").unlink()
    (host.directory / "current" / "inner").mkdir(parents=True)


def put_a_file_in_the_links_place(host: Host) -> None:
    (host.directory / "current").unlink()
    (host.directory / "current").write_bytes(b"\xa5" * 100)


def let_the_link_lead_elsewhere(host: Host) -> None:
    (host.directory / "current").unlink()
    (host.directory / "current").symlink_to("/")


def put_directories_in_the_way(host: Host) -> None:
    for name in ("current.new", "broken"):
        (host.directory / name / "inner").mkdir(parents=True)
    forget_the_data(host)


def put_a_directory_in_the_datas_place(host: Host) -> None:
    forget_the_data(host)
    (host.generation / "data.mdb").mkdir()


def put_a_directory_in_the_locks_place(host: Host) -> None:
    (host.generation / "lock.mdb").unlink()
    (host.generation / "lock.mdb").mkdir()


def forget_the_lock(host: Host) -> None:
    (host.generation / "lock.mdb").unlink()


def empty_the_lock(host: Host) -> None:
    os.truncate(host.generation / "lock.mdb", 0)


def empty(host: Host) -> None:
    (host.generation / "data.mdb").write_bytes(b"")


def halve(host: Host) -> None:
    data = host.generation / "data.mdb"
    os.truncate(data, data.stat().st_size // 2)


def cut_to_two_pages(host: Host) -> None:
    os.truncate(host.generation / "data.mdb", 8192)


def cut_within_a_page(host: Host) -> None:
    data = host.generation / "data.mdb"
    os.truncate(data, data.stat().st_size - 5000)


def make_it_of_an_older_format(host: Host) -> None:
    _write_meta(host, b"format", b"0")


def make_it_of_another_feed(host: Host) -> None:
    _write_meta(host, b"feed_id", uuid4().bytes)


def put_it_ahead_of_the_feed(host: Host) -> None:
    _write_meta(host, b"revision", b"999999")


def write_nonsense_about_it(host: Host) -> None:
    _write_meta(host, b"revision", b"many")


def _write_meta(host: Host, name: bytes, value: bytes) -> None:
    opened = lmdb.open(str(host.generation), max_dbs=3)
    with opened.begin(opened.open_db(META), write=True) as transaction:
        transaction.put(name, value)
    opened.close()


DAMAGES = [
    forget_everything, forget_the_link, forget_the_generation, forget_the_data, overwrite_all, overwrite_the_rest,
    empty, halve, cut_to_two_pages, cut_within_a_page, make_it_of_an_older_format, make_it_of_another_feed,
    put_it_ahead_of_the_feed, write_nonsense_about_it, put_a_directory_in_the_links_place, put_a_file_in_the_links_place,
    let_the_link_lead_elsewhere, put_directories_in_the_way, put_a_directory_in_the_datas_place,
    put_a_directory_in_the_locks_place, forget_the_lock, empty_the_lock,
]  # fmt: skip
