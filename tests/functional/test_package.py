"""The Debian packages that CPack makes, unpacked into a folder. `make test-package` installs them on a bare system."""

import gzip
import os
import re
import shutil
import subprocess

import pytest
from conftest import PROGRAM, REPOSITORY, environment_of

pytestmark = pytest.mark.skipif(
    not (shutil.which("dpkg-shlibdeps") and shutil.which("file")), reason="what makes Debian packages is not there"
)

PACKAGES = ("duckalog", "libduckalog0", "libduckalog-dev")


def call(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pack(folder):
    """Packages of the build that is tested; packing them tightly is left out."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    words = ["-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none"]
    call("cpack", "--config", PROGRAM.parent / "CPackConfig.cmake", *words, env=environment)


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The package files by their names."""
    folder = tmp_path_factory.mktemp("packages")
    pack(folder)
    found = {file.name.partition("_")[0]: file for file in folder.glob("*.deb")}
    assert sorted(found) == sorted(PACKAGES)
    return found


@pytest.fixture(scope="module")
def unpacked(packages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a root")
    for file in packages.values():
        call("dpkg-deb", "-x", file, folder)
    return folder / "usr"


def brings_libduckdb(packages):
    """Not when the build uses one of the system."""
    return "/lib/duckalog/libduckdb.so" in call("dpkg-deb", "-c", packages["duckalog"])


def field(packages, package, name):
    return call("dpkg-deb", "-f", packages[package], name).strip()


def test_packages_say_what_they_are_and_what_they_need(packages):
    version = re.search(r"[\d.]+", call(PROGRAM, "version")).group()
    machine = call("dpkg", "--print-architecture").strip()
    for package in PACKAGES:
        assert field(packages, package, "Package") == package
        assert field(packages, package, "Version") == f"{version}-1"
        assert field(packages, package, "Architecture") == machine
        assert re.fullmatch(r"[^<>]+ <\S+@\S+>", field(packages, package, "Maintainer"))
        summary, *description = field(packages, package, "Description").splitlines()
        assert summary.startswith("DuckDB catalogs from one config file") and len(description) > 1
        assert all(re.match(r" \S", line) for line in description)
    # libduckdb is C++: what it needs was found in it.
    needs = field(packages, "duckalog", "Depends")
    assert "libc6" in needs and ("libstdc++6" in needs or not brings_libduckdb(packages))
    assert f"duckalog (= {version}-1)" in field(packages, "libduckalog0", "Depends")
    assert f"libduckalog0 (= {version}-1)" in field(packages, "libduckalog-dev", "Depends")


def test_the_unpacked_program_runs_with_the_libduckdb_of_its_package(packages, unpacked, tmp_path):
    environment = environment_of(tmp_path)
    if not brings_libduckdb(packages):
        pytest.skip("this build uses a libduckdb of the system")
    program = unpacked / "bin/duckalog"
    assert call(program, "version", env=environment) == call(PROGRAM, "version")
    call(program, "init", cwd=tmp_path, env=environment)
    assert "3 views (3 created" in call(program, "run", "catalog.yaml", cwd=tmp_path, env=environment)
    doctor = call(program, "doctor", "catalog.yaml", cwd=tmp_path, env=environment)
    [used] = re.findall(r"^ok +libduckdb .*: (\S.*)$", doctor, re.MULTILINE)
    assert os.path.samefile(used, unpacked / "lib/duckalog/libduckdb.so")


def test_manual_pages_are_packed_and_completions_lie_where_debian_looks(unpacked):
    pages = sorted(page.name for page in (unpacked / "share/man/man1").iterdir())
    assert {"duckalog.1.gz", "duckalog-run.1.gz"} <= set(pages) and all(page.endswith(".1.gz") for page in pages)
    with gzip.open(unpacked / "share/man/man1/duckalog-run.1.gz", "rt") as page:
        assert ".Nm duckalog" in page.read()
    for file in (
        "bash-completion/completions/duckalog",
        "zsh/vendor-completions/_duckalog",
        "fish/vendor_completions.d/duckalog.fish",
    ):
        assert (unpacked / "share" / file).stat().st_size > 1000


def test_each_package_has_its_copyright_and_what_changed(unpacked):
    for package in PACKAGES:
        folder = unpacked / "share/doc" / package
        copyright = (folder / "copyright").read_text()
        assert "Permission is hereby granted" in copyright and "DuckDB Foundation" in copyright and "@" not in copyright
        with gzip.open(folder / "changelog.gz", "rt") as changes:
            assert changes.read() == (REPOSITORY / "CHANGELOG.md").read_text()
        with gzip.open(folder / "changelog.Debian.gz", "rt") as changes:
            form = r"duckalog \(\S+-1\) unstable; urgency=medium\n\n  \* .*\n\n -- .* <.*>  \w{3}, "
            assert re.match(form, changes.read())


def test_nothing_of_the_build_and_no_list_for_uninstall_is_in_a_package(packages):
    for file in packages.values():
        names = call("dpkg-deb", "-c", file)
        assert "installed.txt" not in names and "build" not in names.replace("duckalog-build.1", "")
        owners = {line.split()[1] for line in names.splitlines()}
        assert owners == {"root/root"}


def test_the_same_source_and_date_make_the_same_packages(packages, tmp_path):
    pack(tmp_path)
    again = {file.name: file.read_bytes() for file in tmp_path.glob("*.deb")}
    assert [file.name for file in packages.values() if file.read_bytes() != again[file.name]] == []
