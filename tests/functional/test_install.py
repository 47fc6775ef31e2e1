"""What `make install` leaves: enough to compile and run a C program with it, and nothing exported but the API."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import LIBRARY, PROGRAM, REPOSITORY, TIMEOUT_S, environment_of

HOST = """\
#include <duckalog.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    duckalog_catalog *catalog = NULL;
    duckdb_connection connection;
    const duckalog_summary *summary;
    if (argc != 2 || duckalog_connect(argv[1], NULL, &catalog) != DUCKALOG_OK ||
        duckalog_get_connection(catalog, &connection) != DUCKALOG_OK ||
        (summary = duckalog_get_summary(catalog)) == NULL)
        return 1;
    printf("duckalog %s: %zu views, %zu created\\n", duckalog_version(), summary->views, summary->views_created);
    duckalog_destroy(&catalog);
    return 0;
}
"""

CMAKE_PROJECT = """\
cmake_minimum_required(VERSION 3.22)
project(host C)
find_package(duckalog 0.1 REQUIRED)
add_executable(host host.c)
target_link_libraries(host PRIVATE duckalog::duckalog)
"""


def call(*words, **options):
    process = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=TIMEOUT_S, check=False, **options
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed") / "a prefix"
    call("cmake", "--install", PROGRAM.parent, "--prefix", prefix)
    return prefix


@pytest.fixture
def host(room):
    room.catalog(("a", "SELECT 1 AS i"), ("b", "FROM a"))
    room.write("host.c", HOST)
    return room


def pkg_config(installed):
    [file] = installed.rglob("duckalog.pc")
    return {**os.environ, "PKG_CONFIG_PATH": str(file.parent)}


def check(host, program):
    assert re.fullmatch(
        r"duckalog \d+\.\d+\.\d+: 2 views, 2 created\n",
        call(program, "catalog.yaml", cwd=host.folder, env=host.environment),
    )


@pytest.mark.parametrize("compiler", [["cc"], ["cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]])
def test_a_ten_line_program_compiles_with_what_pkg_config_says(host, installed, compiler):
    [library] = {path.parent for path in installed.rglob("libduckalog.so")}
    command = f"{' '.join(compiler)} host.c $(pkg-config --cflags --libs duckalog) -o host"
    # A prefix with a blank in it: the shell takes pkg-config's escapes apart with eval.
    call("sh", "-c", f'eval "{command}"', cwd=host.folder, env=pkg_config(installed))
    host.environment["LD_LIBRARY_PATH"] = str(library)
    check(host, host / "host")


def test_the_header_can_be_included_by_itself_and_in_cpp(host, installed):
    host.write("cpp.cpp", "#include <duckalog.h>\nint main() { return duckalog_version() == nullptr; }\n")
    if shutil.which("c++") is None:
        pytest.skip("there is no C++ compiler")
    call("c++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{installed / 'include'}", host / "cpp.cpp")


def test_a_cmake_project_finds_the_package(host, installed):
    host.write("CMakeLists.txt", CMAKE_PROJECT)
    call("cmake", "-G", "Ninja", "-S", host.folder, "-B", host / "build", f"-DCMAKE_PREFIX_PATH={installed}")
    call("cmake", "--build", host / "build")
    check(host, host / "build" / "host")


def test_the_installed_program_runs_from_where_it_is_and_after_a_move(host, installed):
    moved = installed.with_name("moved")
    for prefix in (installed, moved):
        program = prefix / "bin" / "duckalog"
        assert (
            call(
                program,
                "run",
                "catalog.yaml",
                "-q",
                "FROM b",
                "--format",
                "csv",
                cwd=host.folder,
                env=environment_of(host.folder),
            )
            == "i\n1\n"
        )
        if prefix == installed:
            installed.rename(moved)
    moved.rename(installed)


def test_the_installed_program_needs_nothing_of_the_build(host, installed):
    """libduckdb was fetched into the source tree, so the installation brings it."""
    private = installed / "lib/duckalog/libduckdb.so"
    if not private.exists():
        pytest.skip("this build uses a libduckdb of the system")
    for file in (installed / "bin/duckalog", next(installed.rglob("libduckalog.so"))):
        [path] = re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", call("readelf", "-d", file))
        assert (file.parent / path.replace("$ORIGIN/", "")).resolve() == private.parent.resolve()


def test_the_schema_of_configs_is_installed(installed):
    schema = REPOSITORY / "schema" / "duckalog.schema.json"
    assert (installed / "share/duckalog/duckalog.schema.json").read_bytes() == schema.read_bytes()


def test_the_manual_and_the_completions_are_installed_where_others_look_for_them(installed):
    pages = {page.name for page in (installed / "share/man/man1").iterdir()}
    assert {"duckalog.1", "duckalog-run.1", "duckalog-completion.1"} <= pages
    for shell, file in (
        ("bash", "bash-completion/completions/duckalog"),
        ("zsh", "zsh/site-functions/_duckalog"),
        ("fish", "fish/vendor_completions.d/duckalog.fish"),
    ):
        assert (installed / "share" / file).read_text() == call(PROGRAM, "completion", shell)


def test_what_is_installed_names_no_folder_of_the_build(installed):
    texts = [path for path in installed.rglob("*") if path.suffix in (".pc", ".cmake", ".h")]
    assert len(texts) >= 4
    for path in texts:
        assert str(REPOSITORY) not in path.read_text(), path


# ---- make uninstall ----


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def install(prefix, **environment):
    call("cmake", "--install", PROGRAM.parent, "--prefix", prefix, env={**os.environ, **environment})


def uninstall(prefix, **environment):
    words = ["make", "-s", "-C", REPOSITORY, "uninstall", f"PREFIX={prefix}"]
    return call(*words, *(f"{name}={value}" for name, value in environment.items()))


def test_uninstall_removes_all_that_install_put_there(tmp_path):
    install(tmp_path / "a prefix")
    uninstall(tmp_path / "a prefix")
    assert tree(tmp_path) == []


def test_uninstall_leaves_files_of_others_and_folders_that_were_there_before(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "share/man").mkdir(parents=True)
    install(tmp_path)
    (tmp_path / "lib/duckalog/notes").write_text("mine")
    (tmp_path / "include/other.h").write_text("theirs")
    uninstall(tmp_path)
    assert tree(tmp_path) == [
        "bin",
        "include",
        "include/other.h",
        "lib",
        "lib/duckalog",
        "lib/duckalog/notes",
        "share",
        "share/man",
    ]


def test_uninstall_knows_what_an_older_installation_left(tmp_path):
    """Whose folders would count as somebody else's, as they were there before the second one."""
    prefix = tmp_path / "prefix"
    install(prefix)
    (prefix / "share/man/man1/duckalog-old.1").write_text("of a command that is gone")
    with (prefix / "share/duckalog/installed.txt").open("a") as written:
        written.write("share/man/man1/duckalog-old.1\n")
    install(prefix)
    uninstall(prefix)
    assert tree(tmp_path) == []


def test_uninstall_honours_destdir_as_install_does(tmp_path):
    stage = tmp_path / "stage"
    install("/opt/duckalog", DESTDIR=str(stage))
    assert (stage / "opt/duckalog/bin/duckalog").exists()
    uninstall("/opt/duckalog", DESTDIR=stage)
    assert [path for path in tree(stage) if path not in ("opt", "opt/duckalog")] == []


def test_uninstall_of_what_is_not_there_says_so_and_removes_nothing(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/duckalog").write_text("somebody else's")
    done = subprocess.run(
        ["make", "-C", REPOSITORY, "uninstall", f"PREFIX={tmp_path}"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0 and str(tmp_path) in done.stderr and "PREFIX=FOLDER" in done.stderr
    assert tree(tmp_path) == ["bin", "bin/duckalog"]


def test_uninstall_refuses_a_list_that_leads_out_of_its_folder(tmp_path):
    prefix = tmp_path / "prefix"
    install(prefix)
    (tmp_path / "precious").write_text("mine")
    with (prefix / "share/duckalog/installed.txt").open("a") as written:
        written.write("../precious\n")
    done = subprocess.run(
        ["make", "-C", REPOSITORY, "uninstall", f"PREFIX={prefix}"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0 and "Nothing was removed" in done.stderr
    assert (tmp_path / "precious").exists() and (prefix / "bin/duckalog").exists()


def test_exactly_the_functions_of_the_header_are_exported():
    header = (REPOSITORY / "include/duckalog.h").read_text()
    declared = set(re.findall(r"^DUCKALOG_API [^;]*?\b(duckalog_\w+)\(", header, re.MULTILINE))
    assert len(declared) > 20
    symbols = [line.split() for line in call("nm", "-D", "--defined-only", LIBRARY).splitlines()]
    assert {name.split("@")[0] for *_, name in symbols} == declared


def test_the_library_is_not_linked_to_libduckdb():
    for file in (LIBRARY, PROGRAM):
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", call("readelf", "-d", file))
        assert needed and not any("duckdb" in name for name in needed)
