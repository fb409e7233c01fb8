-- written by dub hooks
-- What Lua lacks: programs started with their words as they are, never read by a shell; on Windows, files whose names
-- are no ASCII (io.open takes the system's code page there, editors tell UTF-8).

local on_windows = package.config:sub(1, 1) == "\\"
local windows -- kernel32, shell32 and msvcrt, and wide() for their texts

if on_windows then
  local ffi = require("ffi")
  ffi.cdef([[
    int MultiByteToWideChar(unsigned int, unsigned long, const char *, int, wchar_t *, int);
    void *ShellExecuteW(void *, const wchar_t *, const wchar_t *, const wchar_t *, const wchar_t *, int);
    void *_wfopen(const wchar_t *, const wchar_t *);
    size_t fread(void *, size_t, size_t, void *);
    size_t fwrite(const void *, size_t, size_t, void *);
    int fclose(void *);
  ]])
  windows = { ffi = ffi, shell32 = ffi.load("shell32"), msvcrt = ffi.load("msvcrt") }
  function windows.wide(text)
    local count = ffi.C.MultiByteToWideChar(65001, 0, text, -1, nil, 0)
    local room = ffi.new("wchar_t[?]", count)
    ffi.C.MultiByteToWideChar(65001, 0, text, -1, room, count)
    return room
  end
end

-- As CommandLineToArgvW takes it apart again.
local function windows_word(word)
  word = word:gsub('(\\*)"', '%1%1\\"'):gsub('(\\+)$', "%1%1")
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

-- Whether the program was started. It must return at once: `dub hook --detach` does. Without cmd.exe, whose quoting has
-- no rule that holds for every name; also no console window appears.
local function launch(words)
  if on_windows then
    local wide, line = windows.wide, joined(words, windows_word, 2)
    local told = windows.shell32.ShellExecuteW(nil, wide("open"), wide(words[1]), wide(line), nil, 0)
    return tonumber(windows.ffi.cast("intptr_t", told)) > 32
  end
  local status = os.execute(joined(words, posix_word, 1) .. " >/dev/null 2>&1 </dev/null")
  return status == 0 or status == true
end

-- A file's first bytes, at most limit of them; nil when it cannot be read.
local function read(path, limit)
  if on_windows then
    local file = windows.msvcrt._wfopen(windows.wide(path), windows.wide("rb"))
    if file == nil then
      return nil
    end
    local room = windows.ffi.new("char[?]", limit)
    local count = windows.msvcrt.fread(room, 1, limit, file)
    windows.msvcrt.fclose(file)
    return windows.ffi.string(room, count)
  end
  local file = io.open(path, "rb")
  local text = file and file:read(limit) or nil
  if file then
    file:close()
  end
  return text
end

-- Whether a text could be written to a file.
local function write(path, text)
  if on_windows then
    local file = windows.msvcrt._wfopen(windows.wide(path), windows.wide("wb"))
    if file == nil then
      return false
    end
    local count = windows.msvcrt.fwrite(text, 1, #text, file)
    return windows.msvcrt.fclose(file) == 0 and tonumber(count) == #text
  end
  local file = io.open(path, "wb")
  if not file then
    return false
  end
  local written = file:write(text)
  return file:close() and written ~= nil
end
