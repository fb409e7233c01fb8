#!/bin/sh
# kdenlive-dub PROJECT FILM: renders a Kdenlive project to FILM, then dubs it with the project's subtitles, else with
# those beside FILM. This file was written by dub hooks: dub hooks uninstall kdenlive removes it.
set -eu
if [ "$#" != 2 ]; then
    echo "usage: kdenlive-dub PROJECT FILM" >&2
    exit 2
fi
"${KDENLIVE:-kdenlive}" --render "$1" "$2" # Kdenlive 24.12 knows it; ends when the film is there
if [ ! -s "$2" ]; then
    echo "kdenlive-dub: Kdenlive wrote no $2" >&2
    exit 1
fi
for subtitles in "$1.ass" "$1.srt"; do # where Kdenlive keeps them: PROJECT.kdenlive.ass, before 24.08 .srt
    if [ -s "$subtitles" ]; then
        exec "@hook@" --media "$2" --subs "$subtitles"
    fi
done
exec "@hook@" --media "$2"
