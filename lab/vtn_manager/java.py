"""The Java 8 runtime that OpenDaylight of 2017 needs: from Debian's development archive, unpacked into a folder of its own.

Debian keeps Java 8 there alone. It is built against a newer C library than a stable release has, so that library comes with it and
the launcher is told to use it; nothing of it is installed.
"""

import re
import shutil
from pathlib import Path

from lab.vtn_manager.commands import LabError, run, say

_PACKAGES = ("openjdk-8-jre-headless", "libc6", "libgcc-s1", "libstdc++6", "zlib1g")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def provide_java(target: Path) -> Path:
    """JAVA_HOME of the runtime below `target`, fetched first if it is not there. Raises LabError when it cannot be had.

    It works in that place only: a folder that was moved is fetched again.
    """
    home = target / "usr/lib/jvm/java-8-openjdk-amd64/jre"
    place = target / "place"
    if place.exists() and place.read_text() == str(target):
        return home
    say("a Java 8 runtime from the Debian archive, 32 MB")
    work = target.with_suffix(".part")
    for folder in (target, work):
        shutil.rmtree(folder, ignore_errors=True)
    for package in _download(work / "apt"):
        run("dpkg", "-x", package, work / "root")
    _mend_launcher(work / "root", target)
    _mend_links(work / "root", target)
    (work / "root").rename(target)
    shutil.rmtree(work)
    run(home / "bin/java", "-version")
    place.write_text(str(target))
    return home


def _download(folder: Path) -> list[Path]:
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
    run(*apt, "download", *_PACKAGES, cwd=folder / "packages")
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


def _mend_launcher(root: Path, final: Path) -> None:
    """Let the programs load the C library that came with them, from where they will be."""
    libraries = "usr/lib/x86_64-linux-gnu"
    home = root / "usr/lib/jvm/java-8-openjdk-amd64/jre"
    java = final / home.relative_to(root)
    search = ":".join(
        str(path) for path in (final / libraries, java / "lib/amd64/jli", java / "lib/amd64", java / "lib/amd64/server")
    )
    for program in ("java", "keytool"):
        loader = final / libraries / "ld-linux-x86-64.so.2"
        run("patchelf", "--set-interpreter", loader, "--force-rpath", "--set-rpath", search, home / "bin" / program)


def _mend_links(root: Path, final: Path) -> None:
    """Links to the configuration in /etc must lead to the unpacked one."""
    for link in (root / "usr/lib/jvm").rglob("*"):
        if link.is_symlink() and str(link.readlink()).startswith("/etc/java-8-openjdk/"):
            destination = final / link.readlink().relative_to("/")
            link.unlink()
            link.symlink_to(destination)
