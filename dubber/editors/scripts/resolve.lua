-- DaVinci Resolve, page Deliver: what resolve.py does, for the free edition, which runs Lua and no Python (since 21.1).
-- Resolve gives `job` (an id), `status` (a word of the user's language: not looked at), `resolve`, and `error`, which
-- hides Lua's function of that name.

local HOOK = "@HOOK@"
local DONE = "@DONE@" -- the jobs that were handed over, a line each
local KEPT = 100

-- The job as GetRenderJobList() has it, its status, and the film's path; no path when there is no finished film.
local function rendered(project)
  for _, entry in ipairs(project:GetRenderJobList() or {}) do
    if entry.JobId == job then
      local told = project:GetRenderJobStatus(job) or {}
      local folder = entry.TargetDir or ""
      if not folder:match("[/\\]$") then
        folder = folder .. (on_windows and "\\" or "/")
      end
      local path = folder .. (entry.OutputFilename or "")
      local finished = (tonumber(told.CompletionPercentage) or 100) >= 100
      return entry, told, finished and entry.OutputFilename and #(read(path, 1) or "") > 0 and path or nil
    end
  end
end

local function timeline_of(project, name)
  for place = 1, project:GetTimelineCount() do
    local timeline = project:GetTimelineByIndex(place)
    if timeline and timeline:GetName() == name then
      return timeline
    end
  end
end

-- 23.976 is 24000/1001, "29.97 DF" is 30000/1001: drop frames drop numbers, not pictures.
local function frames_per_second(text)
  local rate = tonumber((tostring(text):gsub(",", "."):match("[%d.]+")))
  local whole = math.floor(rate + 0.5)
  local ntsc = whole * 1000 / 1001
  return math.abs(rate - ntsc) < 0.005 and ntsc or rate
end

local function milliseconds(frames, rate)
  return math.floor(frames * 1000 / rate + 0.5)
end

local function enabled(timeline, track)
  local ok, on = pcall(function()
    return timeline:GetIsTrackEnabled("subtitle", track) -- since Resolve 18
  end)
  return not ok or on ~= false
end

-- The subtitles of the first track that is on and has some between two frames.
local function cues(timeline, first, last, rate)
  for track = 1, timeline:GetTrackCount("subtitle") do
    local found = {}
    for _, item in ipairs(enabled(timeline, track) and timeline:GetItemListInTrack("subtitle", track) or {}) do
      if item:GetStart() < last and item:GetEnd() > first then
        found[#found + 1] = {
          from = milliseconds(math.max(item:GetStart(), first) - first, rate),
          to = milliseconds(math.min(item:GetEnd(), last) - first, rate),
          text = item:GetName(),
        }
      end
    end
    if #found > 0 then
      return found
    end
  end
  return {}
end

local function clock(ms)
  local seconds = math.floor(ms / 1000)
  local hours, minutes = math.floor(seconds / 3600), math.floor(seconds / 60) % 60
  return ("%02d:%02d:%02d,%03d"):format(hours, minutes, seconds % 60, ms % 1000)
end

-- A cue's text, without what would end the cue or begin another one. The bytes are U+2028, a line separator.
local function plain(text)
  local lines = {}
  for line in text:gsub("\226\128\168", "\n"):gmatch("[^\r\n]+") do
    line = line:gsub("%-%->", "\226\134\146"):gsub("^%s+", ""):gsub("%s+$", "")
    if line ~= "" then
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
end

local function srt(found)
  table.sort(found, function(one, other)
    return one.from < other.from
  end)
  local blocks = {}
  for number, cue in ipairs(found) do
    blocks[number] = ("%d\n%s --> %s\n%s\n"):format(number, clock(cue.from), clock(cue.to), plain(cue.text))
  end
  return table.concat(blocks, "\n")
end

-- --subs with what stands on the timeline's subtitle track; else --offset, for the subtitles beside the film.
local function options(project, entry, film)
  local timeline = timeline_of(project, entry.TimelineName)
  if not timeline then
    return {}
  end
  local rate = frames_per_second(timeline:GetSetting("timelineFrameRate") or entry.FrameRate or 25)
  local begins = timeline:GetStartFrame()
  local first = math.max(begins, tonumber(entry.MarkIn) or begins)
  local found = cues(timeline, first, (tonumber(entry.MarkOut) or timeline:GetEndFrame()) + 1, rate)
  if #found > 0 then
    local path = (film:match("^(.+)%.[^./\\]*$") or film) .. ".dub.srt" -- no player takes it for the film's subtitles
    if write(path, srt(found)) then
      return { "--subs", path }
    end
    print("dub: cannot write " .. path)
  end
  return first > begins and { ("--offset=%.3f"):format(-milliseconds(first - begins, rate) / 1000) } or {}
end

-- Whether this rendering was not handed over yet; from now on it was. Lua knows no file's time: the job's duration in ms
-- tells two renderings apart.
local function first_time(told)
  local mark = ("%s %s"):format(job, tostring(told.TimeTakenToRenderInMs))
  local lines = {}
  for line in (read(DONE, 100000) or ""):gmatch("[^\r\n]+") do
    if line == mark then
      return false
    end
    lines[#lines + 1] = line
  end
  lines[#lines + 1] = mark
  write(DONE, table.concat(lines, "\n", math.max(1, #lines - KEPT + 1)) .. "\n")
  return true
end

local function main()
  local project = (resolve or Resolve()):GetProjectManager():GetCurrentProject()
  local entry, told, film = rendered(project)
  if not film then
    print("dub: job " .. tostring(job) .. " has no finished film (yet, or it is a sequence of pictures)")
  elseif first_time(told) then
    local words = {}
    for _, more in ipairs({ HOOK, { "--media", film }, options(project, entry, film) }) do
      for _, word in ipairs(more) do
        words[#words + 1] = word
      end
    end
    print(launch(words) and "dub: has " .. film or "dub: could not be started; run `dub hooks install resolve` again")
  end
end

if job then
  main()
end
