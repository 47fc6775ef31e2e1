"""What bash, zsh and fish offer for command lines: the real shells, with the scripts that the program prints."""

import os
import pty
import re
import select
import subprocess

from conftest import PROGRAM, TIMEOUT_S, environment_of

BASH = r"""
source ./duckalog.bash
compopt() { :; } # only where readline calls
while IFS= read -r line; do
    mapfile -t COMP_WORDS <<<"${line//$'\t'/$'\n'}"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _duckalog "$PROGRAM"
    printf '%s\n' "${COMPREPLY[@]}"
    echo END
done
"""

FISH = r"""
source ./duckalog.fish
while read line
    complete -C $line | string replace -r '\t.*' ''
    echo END
end
"""

# A widget that prints what would be offered.
ZSHRC = r"""
PROMPT= PROMPT2=
unsetopt zle_bracketed_paste beep prompt_cr prompt_sp
bindkey -e
fpath=(~/functions $fpath)
autoload -U compinit
compinit -D -u
zstyle ':completion:*' completer _complete
compadd() {
    local -a found
    if [[ " $* " != *" -"[OAD]" "* ]]; then
        builtin compadd -O found "$@"
        print -rl -- OFFER:${^found}
    fi
    builtin compadd "$@"
}
offers() {
    print
    _main_complete
    print -r -- END
    compstate[insert]= compstate[list]=
}
zle -C offers complete-word offers
bindkey '^I' offers
print READY
"""


def words_of_bash(line):
    """A line as bash takes it apart for COMP_WORDS."""
    words = re.findall(r'"[^"]*"?|=|(?:\\.|[^\s="\\])+', line)
    return words + [""] * line.endswith(" ")


def offered_by_pipe(words, lines, folder, environment):
    done = subprocess.run(
        words,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.stderr == ""
    return [part.split("\n") for part in done.stdout.split("END\n")[:-1]]


def offered_by_zsh(lines, folder, environment):
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-i"], {**environment, "ZDOTDIR": environment["HOME"], "TERM": "dumb"})

    def until(mark):
        got = b""
        while mark not in got:
            assert select.select([terminal], [], [], TIMEOUT_S)[0], got.decode()
            got += os.read(terminal, 65536)
        return got.decode().replace("\r", "")

    found = []
    try:
        until(b"READY")
        for line in lines:
            os.write(terminal, line.encode() + b"\t")
            shown = until(b"END\r\n")
            found.append([re.sub(r"\\(.)", r"\1", offer) for offer in re.findall(r"^OFFER:(.*)$", shown, re.MULTILINE)])
            os.write(terminal, b"\x15")  # forget the line
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return found


def offers(shell, lines, folder):
    """What a shell offers for the last word of each line, as a set of texts."""
    environment = environment_of(folder)
    home = folder / "home"
    environment |= {"PATH": f"{PROGRAM.parent}:{environment['PATH']}", "PROGRAM": str(PROGRAM)}
    script = subprocess.run([PROGRAM, "completion", shell], capture_output=True, check=True, timeout=TIMEOUT_S).stdout
    (folder / f"duckalog.{shell}").write_bytes(script)
    if shell == "bash":
        bash = ["bash", "--norc", "-c", BASH]
        found = offered_by_pipe(bash, ["\t".join(words_of_bash(line)) for line in lines], folder, environment)
    elif shell == "fish":
        found = offered_by_pipe(["fish", "--no-config", "-c", FISH], lines, folder, environment)
    else:
        (home / ".zshrc").write_text(ZSHRC)
        (home / "functions").mkdir(exist_ok=True)
        (home / "functions" / "_duckalog").write_bytes(script)
        found = offered_by_zsh(lines, folder, environment)
    assert len(found) == len(lines)
    return [{offer.rstrip("/") for offer in offers if offer} for offers in found]
