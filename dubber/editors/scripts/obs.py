"""Dubs each recording of OBS Studio. This file was written by dub hooks: `dub hooks uninstall obs` removes it.

Subtitles are the file beside the recording, as caption plugins write it: Recording.srt, Recording.en.srt.
"""

import subprocess
import sys

import obspython as obs

HOOK = "@hook@"


def script_description():
    return "Dubs each recording when it has ended, if subtitles lie beside it: Recording.srt, Recording.en.srt."


def script_load(settings):
    obs.obs_frontend_add_event_callback(dub_event)


def script_unload():
    obs.obs_frontend_remove_event_callback(dub_event)


def dub_event(event):
    if event == obs.OBS_FRONTEND_EVENT_RECORDING_STOPPED:
        film = last_recording()
        if film:
            quiet = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
            subprocess.Popen([*HOOK, "--media", film], stdin=subprocess.DEVNULL, **quiet)


def last_recording():
    """The path of the recording that has just ended."""
    if hasattr(obs, "obs_frontend_get_last_recording"):  # from OBS 29 on
        return obs.obs_frontend_get_last_recording()
    output = obs.obs_frontend_get_recording_output()
    settings = obs.obs_output_get_settings(output)
    film = obs.obs_data_get_string(settings, "path")
    obs.obs_data_release(settings)
    obs.obs_output_release(output)
    return film
