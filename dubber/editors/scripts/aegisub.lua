script_name = "Dub this script"
script_description = "Dubs the open film with this script's lines, as they are now, saved or not"
script_author = "dub"
script_version = "1"

local HOOK = "@HOOK@"
local LARGEST = 10000000 -- bytes of a script

local function stem(path)
  local name = path:match(on_windows and "[^/\\]*$" or "[^/]*$")
  return name:match("^(.+)%.[^.]*$") or name
end

-- Aegisub 3.2 tells paths as they stand in the script, relative to it; later ones tell them absolute.
local function absolute(path)
  if path:match("^/") or on_windows and (path:match("^\\") or path:match("^%a:[/\\]")) then
    return path
  end
  return aegisub.decode_path(path:match("^%?") and path or "?script/" .. path)
end

-- The open video, else the open audio; nil when there is none but a dummy.
local function media()
  local properties = aegisub.project_properties()
  for _, path in ipairs({ properties.video_file or "", properties.audio_file or "" }) do
    if path ~= "" and not path:match("^%?dummy") and not path:match("^dummy%-audio") then
      return absolute(path)
    end
  end
end

-- The script as .ass text, and its events alone.
local function text_of(subtitles)
  local lines, events, section = {}, {}, nil
  for place = 1, #subtitles do
    local line = subtitles[place]
    if line.section ~= section then
      section = line.section
      lines[#lines + 1] = section
    end
    if line.raw ~= section then
      lines[#lines + 1] = line.raw
    end
    if line.class == "dialogue" then
      events[#events + 1] = line.raw
    end
  end
  return table.concat(lines, "\n") .. "\n", table.concat(events, "\n")
end

-- Whether the file holds the very events that are on the screen.
local function saved(path, events)
  local found = {}
  for line in (read(path, LARGEST) or ""):gmatch("[^\r\n]+") do
    if line:match("^Dialogue:") or line:match("^Comment:") then
      found[#found + 1] = line
    end
  end
  return table.concat(found, "\n") == events
end

-- A copy in a folder of the user's own; one for each folder that scripts come from, under the script's own name,
-- which tells the language.
local function copied(text, name, folder)
  local home = aegisub.decode_path("?user") .. "/dub"
  local number = 0
  for place = 1, #folder do
    number = (number * 31 + folder:byte(place)) % 2147483647
  end
  local lfs = require("lfs")
  lfs.mkdir(home)
  lfs.mkdir(home .. "/" .. number)
  local path = home .. "/" .. number .. "/" .. stem(name) .. ".ass"
  if not write(path, text) then
    error("the script could not be copied to " .. path .. ": save it, then try again", 0)
  end
  return path
end

local function dub(subtitles)
  local film = media()
  if not film then
    aegisub.log(0, "Open the film first: Video, Open Video.\n")
    return
  end
  local text, events = text_of(subtitles)
  local name, folder = aegisub.file_name(), aegisub.decode_path("?script")
  local subs = name and folder .. "/" .. name
  if not subs or not saved(subs, events) then
    subs = copied(text, name or stem(film) .. ".ass", folder)
  end
  local words = {}
  for _, word in ipairs(HOOK) do
    words[#words + 1] = word
  end
  for _, word in ipairs({ "--media", film, "--subs", subs }) do
    words[#words + 1] = word
  end
  if launch(words) then
    aegisub.log(3, "The film is being dubbed, in the background.\n")
  else
    aegisub.log(0, "dub could not be started. Run `dub hooks install aegisub` again.\n")
  end
end

aegisub.register_macro(script_name, script_description, dub)
