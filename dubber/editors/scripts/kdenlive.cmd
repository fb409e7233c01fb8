@echo off
rem kdenlive-dub PROJECT FILM: renders a Kdenlive project to FILM, then dubs it with the project's subtitles, else with
rem those beside FILM. This file was written by dub hooks: dub hooks uninstall kdenlive removes it.
setlocal DisableDelayedExpansion
if "%~2"=="" (
    echo usage: kdenlive-dub PROJECT FILM 1>&2
    exit /b 2
)
if not defined KDENLIVE set "KDENLIVE=%ProgramFiles%\kdenlive\bin\kdenlive.exe"
"%KDENLIVE%" --render "%~f1" "%~f2" || exit /b 1
if exist "%~f1.ass" (
    "@hook@" --media "%~f2" --subs "%~f1.ass"
) else if exist "%~f1.srt" (
    "@hook@" --media "%~f2" --subs "%~f1.srt"
) else (
    "@hook@" --media "%~f2"
)
