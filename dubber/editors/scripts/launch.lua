-- written by dub hooks
-- Starts a program with its words as they are: nothing in a name is ever read by a shell.

local on_windows = package.config:sub(1, 1) == "\\"

-- As CommandLineToArgvW takes it apart again.
local function windows_word(word)
  word = word:gsub('(\\*)"', '%1%1\\"'):gsub('(\\+)$', '%1%1')
  return '"' .. word .. '"'
end

local function posix_word(word)
  word = word:gsub("'", "'\\''")
  return "'" .. word .. "'"
end

local function joined(words, quoted, first)
  local parts = {}
  for place = first, #words do
    parts[#parts + 1] = quoted(words[place])
  end
  return table.concat(parts, " ")
end

-- Without cmd.exe, whose quoting has no rule that holds for every name; also no console window appears.
local function launch_on_windows(words)
  local ffi = require("ffi")
  ffi.cdef([[
    int MultiByteToWideChar(unsigned int, unsigned long, const char *, int, wchar_t *, int);
    void *ShellExecuteW(void *, const wchar_t *, const wchar_t *, const wchar_t *, const wchar_t *, int);
  ]])
  local function wide(text)
    local count = ffi.C.MultiByteToWideChar(65001, 0, text, -1, nil, 0)
    local room = ffi.new("wchar_t[?]", count)
    ffi.C.MultiByteToWideChar(65001, 0, text, -1, room, count)
    return room
  end
  local shell32 = ffi.load("shell32")
  local told = shell32.ShellExecuteW(nil, wide("open"), wide(words[1]), wide(joined(words, windows_word, 2)), nil, 0)
  return tonumber(ffi.cast("intptr_t", told)) > 32
end

-- Whether the program was started. It must return at once: `dub hook --detach` does.
local function launch(words)
  if on_windows then
    return launch_on_windows(words)
  end
  local status = os.execute(joined(words, posix_word, 1) .. " >/dev/null 2>&1 </dev/null")
  return status == 0 or status == true
end
