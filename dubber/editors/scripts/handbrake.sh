#!/bin/sh
# written by dub hooks
# HandBrake gives the film as the only word.
exec "@HOOK@" --media "$1"
