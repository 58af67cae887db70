"""A Java runtime that OpenDaylight needs: from Debian's development archive, unpacked into a folder of its own.

Debian keeps the runtimes that a stable release lacks there. They are built against a newer C library than a stable release has, so
that library comes with them and the launcher is told to use it; nothing of it is installed.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.commands import LabError, run, say

_C_LIBRARY = ("libc6", "libgcc-s1", "libstdc++6", "zlib1g")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A version of Java. `home` is JAVA_HOME, `libraries` its folders of shared objects below that, `megabytes` what is fetched."""

    version: int
    home: str
    libraries: tuple[str, ...]
    megabytes: int


JAVA_8 = Runtime(8, "usr/lib/jvm/java-8-openjdk-amd64/jre", ("lib/amd64/jli", "lib/amd64", "lib/amd64/server"), 32)
JAVA_21 = Runtime(21, "usr/lib/jvm/java-21-openjdk-amd64", ("lib", "lib/server"), 45)


def provide_java(runtime: Runtime, target: Path) -> Path:
    """JAVA_HOME of the runtime below `target`, fetched first if it is not there. Raises LabError when it cannot be had.

    It works in that place only: a folder that was moved is fetched again.
    """
    home = target / runtime.home
    place = target / "place"
    if place.exists() and place.read_text() == str(target):
        return home
    say(f"a Java {runtime.version} runtime from the Debian archive, {runtime.megabytes} MB")
    work = target.with_suffix(".part")
    for folder in (target, work):
        shutil.rmtree(folder, ignore_errors=True)
    for package in _download(work / "apt", f"openjdk-{runtime.version}-jre-headless"):
        run("dpkg", "-x", package, work / "root")
    _mend_launcher(runtime, work / "root", target)
    _mend_links(runtime, work / "root", target)
    (work / "root").rename(target)
    shutil.rmtree(work)
    run(home / "bin/java", "-version")
    place.write_text(str(target))
    return home


def _download(folder: Path, package: str) -> list[Path]:
    """The .deb files, with an apt configuration that shares nothing with the machine's but the mirror and the keys."""
    for name in ("lists/partial", "cache/archives/partial", "packages"):
        (folder / name).mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {_mirror()} sid main\n")
    apt = (
        "apt-get",
        *("-o", f"Dir::Etc::sourcelist={sources}"),
        *("-o", "Dir::Etc::sourceparts=/dev/null"),
        *("-o", "Dir::Etc::preferencesparts=/dev/null"),
        *("-o", f"Dir::State::lists={folder / 'lists'}"),
        *("-o", "Dir::State::status=/dev/null"),
        *("-o", f"Dir::Cache={folder / 'cache'}"),
        *("-o", "Acquire::Languages=none"),
        *("-o", "APT::Sandbox::User=root"),
    )
    run(*apt, "update")
    run(*apt, "download", package, *_C_LIBRARY, cwd=folder / "packages")
    return sorted((folder / "packages").glob("*.deb"))


def _mirror() -> str:
    """The Debian mirror that this machine uses, as its apt knows it."""
    listed = run(
        "apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(LABEL)", "Created-By: Packages", "Origin: Debian"
    )
    for line in listed.splitlines():
        match = re.fullmatch(r"(\S+) \S+ Debian", line)
        if match:
            return match.group(1)
    raise LabError("apt knows no Debian archive: run `apt-get update`, and see that its sources name one")


def _mend_launcher(runtime: Runtime, root: Path, final: Path) -> None:
    """Let the programs load the C library that came with them, from where they will be."""
    libraries = final / "usr/lib/x86_64-linux-gnu"
    search = ":".join(str(path) for path in (libraries, *(final / runtime.home / name for name in runtime.libraries)))
    for program in ("java", "keytool"):
        loader = libraries / "ld-linux-x86-64.so.2"
        run("patchelf", "--set-interpreter", loader, "--force-rpath", "--set-rpath", search, root / runtime.home / "bin" / program)


def _mend_links(runtime: Runtime, root: Path, final: Path) -> None:
    """Links to the configuration in /etc must lead to the unpacked one."""
    for link in (root / "usr/lib/jvm").rglob("*"):
        if link.is_symlink() and str(link.readlink()).startswith(f"/etc/java-{runtime.version}-openjdk/"):
            destination = final / link.readlink().relative_to("/")
            link.unlink()
            link.symlink_to(destination)
