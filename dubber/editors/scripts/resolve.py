# written by dub hooks
"""DaVinci Resolve, page Deliver: run at the end of a render job, of some versions at its start too.

Resolve gives `job` (an id), `status` (a word of the user's language: not looked at), `error` and `resolve`. The film is
TargetDir/OutputFilename. Times of the timeline become times of the film: a job from MarkIn on begins there.
For Python 3.6 and later, without other modules: this runs in Resolve's Python, not in dub's.
"""

import subprocess
from pathlib import Path

HOOK = "@HOOK@"
DONE = "@DONE@"  # the jobs that were handed over, a line each
KEPT = 100


def rendered(project, job):
    """The job as GetRenderJobList() has it and the film's path; None as path when there is no finished film."""
    entry = next((entry for entry in listed(project.GetRenderJobList()) if entry.get("JobId") == job), None)
    if entry is None:
        return {}, None
    percent = (project.GetRenderJobStatus(job) or {}).get("CompletionPercentage")
    path = Path(entry.get("TargetDir") or "", entry.get("OutputFilename") or "")
    finished = percent is None or float(percent) >= 100
    return entry, path if finished and path.is_file() and path.stat().st_size else None


def listed(found):
    """A list of Resolve's, which older versions give as a dict by number."""
    return [found[key] for key in sorted(found)] if isinstance(found, dict) else list(found or [])


def timeline_of(project, name):
    """The timeline that was rendered, which need not be the one on the screen."""
    timelines = (project.GetTimelineByIndex(place + 1) for place in range(int(project.GetTimelineCount())))
    return next((timeline for timeline in timelines if timeline and timeline.GetName() == name), None)


def frames_per_second(text):
    """23.976 is 24000/1001, "29.97 DF" is 30000/1001: drop frames drop numbers, not pictures. As (frames, seconds)."""
    rate = float(str(text).replace(",", ".").split()[0])
    whole = int(round(rate))
    return (whole * 1000, 1001) if abs(rate - whole * 1000 / 1001) < 0.005 else (int(round(rate * 1000)), 1000)


def milliseconds(frames, rate):
    return int(round(frames * 1000 * rate[1] / rate[0]))


def cues(timeline, start, end, rate):
    """(start ms, end ms, text) of the first subtitle track that is on and has something between two frames."""
    for track in range(1, int(timeline.GetTrackCount("subtitle")) + 1):
        on = getattr(timeline, "GetIsTrackEnabled", None)  # since Resolve 18
        if on and not on("subtitle", track):
            continue
        items = listed(timeline.GetItemListInTrack("subtitle", track))
        inside = [item for item in items if item.GetStart() < end and item.GetEnd() > start]
        if inside:
            return [
                (
                    milliseconds(max(item.GetStart(), start) - start, rate),
                    milliseconds(min(item.GetEnd(), end) - start, rate),
                    item.GetName(),
                )
                for item in inside
            ]
    return []


def srt(found):
    return "\n".join(
        f"{n}\n{clock(a)} --> {clock(b)}\n{plain(text)}\n" for n, (a, b, text) in enumerate(sorted(found), 1)
    )


def clock(ms):
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def plain(text):
    """A cue's text, without what would end the cue or begin another one."""
    lines = (line.strip().replace("-->", "→") for line in str(text).replace("\u2028", "\n").splitlines())
    return "\n".join(line for line in lines if line)


def options(project, entry, film):
    """--subs with what stands on the timeline's subtitle track; else --offset, for the subtitles beside the film."""
    timeline = timeline_of(project, entry.get("TimelineName"))
    if timeline is None:
        return []
    rate = frames_per_second(timeline.GetSetting("timelineFrameRate") or entry.get("FrameRate") or 25)
    first = int(timeline.GetStartFrame())
    start = max(first, int(entry.get("MarkIn", first)))
    found = cues(timeline, start, int(entry.get("MarkOut", timeline.GetEndFrame())) + 1, rate)
    if found:
        path = film.with_suffix(".dub.srt")  # a name that no player takes for the film's subtitles
        path.write_text(srt(found), encoding="utf-8")
        return ["--subs", str(path)]
    return [f"--offset={-milliseconds(start - first, rate) / 1000:.3f}"] if start > first else []


def first_time(job, film):
    """Whether this film of this job was not handed over yet; from now on it was."""
    mark = f"{job} {film.stat().st_mtime_ns} {film.stat().st_size}"
    done = Path(DONE)
    lines = done.read_text(encoding="utf-8").splitlines() if done.exists() else []
    if mark not in lines:
        done.write_text("\n".join([*lines, mark][-KEPT:]) + "\n", encoding="utf-8")
    return mark not in lines


def main(resolve, job):
    project = resolve.GetProjectManager().GetCurrentProject()
    entry, film = rendered(project, job)
    if film is None:
        print(f"dub: job {job} has no finished film (yet, or it is a sequence of pictures)")
    elif first_time(job, film):
        started = launched([*HOOK, "--media", str(film), *options(project, entry, film)])
        print(f"dub: has {film}" if started else "dub: could not be started; run `dub hooks install resolve` again")


def launched(words):
    """Whether dub was started; it goes on by itself. No shell reads the names."""
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call(words, stdin=quiet, stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


if "job" in globals():
    main(globals()["resolve"], globals()["job"])
