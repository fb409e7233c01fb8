-- A fake of Windows for LuaJIT's ffi: kernel32's MultiByteToWideChar, shell32's ShellExecuteW, whose words it keeps, and
-- msvcrt's files, which are real ones. Also makes Lua believe that it runs there. Declarations go to the real ffi, which
-- refuses what is no C.

local ffi = require("ffi")
local open = io.open
package.config = "\\" .. package.config:sub(2)
shell_executed = {}

local fake = { cdef = ffi.cdef, cast = ffi.cast, string = ffi.string, C = {} }
package.loaded.ffi = fake

function fake.new(kind, count)
  if kind == "wchar_t[?]" then
    return { room = count }
  end
  return ffi.new(kind, count)
end

function fake.C.MultiByteToWideChar(page, flags, text, bytes, wide, room)
  assert(page == 65001 and flags == 0 and bytes == -1)
  if wide then
    assert(wide.room == room)
    wide.text = text
  end
  return #text + 1
end

local shell32, msvcrt = {}, {}

function fake.load(name)
  return assert(({ shell32 = shell32, msvcrt = msvcrt })[name])
end

function shell32.ShellExecuteW(window, verb, file, parameters, folder, show)
  assert(window == nil and verb.text == "open" and folder == nil and show == 0)
  shell_executed = { file = file.text, parameters = parameters.text }
  return ffi.cast("void *", 42)
end

function msvcrt._wfopen(path, mode)
  return open(path.text, mode.text)
end

function msvcrt.fread(room, size, count, file)
  local text = file:read(size * count) or ""
  ffi.copy(room, text, #text)
  return #text
end

function msvcrt.fwrite(text, size, count, file)
  file:write(text)
  return ffi.cast("size_t", #text)
end

function msvcrt.fclose(file)
  file:close()
  return 0
end

function os.execute()
  assert(false, "a shell was started")
end

function io.open()
  assert(false, "a file was opened by the system's code page")
end
