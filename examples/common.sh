#!/usr/bin/env bash
# Sourced by the script `run` of each example: what they have in common. Sets `program`, `folder` and `data`.
set -euo pipefail
program=${1:-duckalog}
folder=$(dirname "${BASH_SOURCE[1]}")
data=$folder/data
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# print_command WORD…: as it can be typed
print_command() {
    local word
    printf '\n$'
    for word in "$@"; do
        if [[ $word == *\"* ]]; then
            printf " '%s'" "$word"
        elif [[ $word == *[!a-zA-Z0-9/._=,:-]* ]]; then
            printf ' "%s"' "$word"
        else
            printf ' %s' "$word"
        fi
    done
    printf '\n'
}

# show COMMAND…: prints the command, then runs it.
show() {
    print_command "$@"
    "$@"
}

# show_refusal COMMAND…: the same for a command that has to fail.
show_refusal() {
    print_command "$@"
    if "$@"; then
        echo "$0: this should have been refused" >&2
        return 1
    fi
}

# make_data NAME…: makes these files and folders of $data with its make.sql when one of them is missing. They are made
# elsewhere and moved when all are complete, so that a call that was interrupted leaves nothing behind that looks whole.
make_data() {
    local name missing='' path
    for name in "$@"; do
        [ -e "$data/$name" ] || missing=yes
    done
    [ -n "$missing" ] || return 0
    path=$(command -v "$program")
    path=$(cd "$(dirname "$path")" && pwd)/$(basename "$path")
    rm -rf "$data/new"
    mkdir "$data/new"
    (cd "$data/new" && "$path" run "$examples/make-data.yaml" --quiet --query "$(<../make.sql)" >/dev/null)
    for name in "$@"; do
        rm -rf "${data:?}/$name"
        mv "$data/new/$name" "$data/$name"
    done
    rmdir "$data/new"
    echo "made in $data: $*"
}
