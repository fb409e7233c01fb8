#!/bin/sh
# written by dub hooks
# bazarr.sh {{episode}} {{subtitles}}
exec "@HOOK@" --media "$1" --subs "$2"
