"""Dubs each film that Blender has rendered. This file was written by dub hooks: dub hooks uninstall blender removes it.

Subtitles are the file beside the film (Film.srt, Film.en.srt ...); where there is none, the sequencer's text strips, or
those of its channel "Subtitles" when there is one. Runs in Blender 2.93 and later.
"""

import subprocess
import sys
import time
from pathlib import Path

import bpy

HOOK = "@hook@"
SUBTITLES = {".srt", ".vtt", ".ass", ".ssa"}
STRIPS = ".strips.srt"  # FILM.strips.srt holds the text strips as they were rendered
begun = [0.0]


@bpy.app.handlers.persistent
def dub_render_begins(scene, *_):
    begun[0] = time.time()


@bpy.app.handlers.persistent
def dub_render_complete(scene, *_):
    film = Path(bpy.path.abspath(scene.render.frame_path(preview=scene.use_preview_range)))
    fresh = film.is_file() and film.stat().st_mtime >= begun[0] - 2  # 2 s: the grain of some file systems
    if scene.render.is_movie_format and fresh:  # a still leaves the film of yesterday as it was
        dub(film, subtitles(scene, film))


def dub(film, words):
    quiet = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
    more = ["--subs", str(words)] if words else []
    subprocess.Popen([*HOOK, "--media", str(film), *more], stdin=subprocess.DEVNULL, **quiet)


def subtitles(scene, film):
    """The text strips as a file; None when there are none, or when the film has subtitles of its own."""
    own = [path for path in film.parent.iterdir() if path.name.startswith(film.stem + ".")]
    if any(path.suffix.lower() in SUBTITLES and not path.name.endswith(STRIPS) for path in own):
        return None
    cues = sorted(timed(scene, strip) for strip in text_strips(scene))
    cues = [(start, end, text) for start, end, text in cues if text and end > start]
    blocks = [f"{n}\n{stamp(start)} --> {stamp(end)}\n{text}\n" for n, (start, end, text) in enumerate(cues, 1)]
    if not blocks:
        return None
    path = film.with_name(film.stem + STRIPS)
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


def text_strips(scene):
    """The text strips that are seen."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    channels = list(getattr(editor, "channels", []))  # from Blender 3.3 on
    named = {place for place, channel in enumerate(channels) if channel.name.lower() == "subtitles"}
    muted = {place for place, channel in enumerate(channels) if channel.mute}
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all  # from Blender 4.4 on
    texts = [strip for strip in strips if strip.type == "TEXT" and not strip.mute and strip.channel not in muted]
    return [strip for strip in texts if not named or strip.channel in named]


def timed(scene, strip):
    """(start, end, text) of a strip, in seconds of the film."""
    first = scene.frame_preview_start if scene.use_preview_range else scene.frame_start
    rate = scene.render.fps / scene.render.fps_base * scene.frame_step
    text = "\n".join(line for line in strip.text.replace("-->", "→").splitlines() if line.strip())
    return (strip.frame_final_start - first) / rate, (strip.frame_final_end - first) / rate, text


def stamp(seconds):
    whole = max(0, round(seconds * 1000))
    return f"{whole // 3600000:02}:{whole // 60000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"


def register():
    bpy.app.handlers.render_init.append(dub_render_begins)
    bpy.app.handlers.render_complete.append(dub_render_complete)


def unregister():
    bpy.app.handlers.render_init.remove(dub_render_begins)
    bpy.app.handlers.render_complete.remove(dub_render_complete)
