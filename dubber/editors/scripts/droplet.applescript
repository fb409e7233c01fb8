-- written by dub hooks
-- Every file that this application is opened with goes to dub. No name is read by the shell: each word is quoted.

on open theFiles
	repeat with theFile in theFiles
		set theCommand to ""
		repeat with theWord in "@HOOK@"
			set theCommand to theCommand & quoted form of (contents of theWord) & " "
		end repeat
		set theCommand to theCommand & quoted form of (POSIX path of theFile)
		do shell script theCommand & " >/dev/null 2>&1 </dev/null &"
	end repeat
end open

on run
	display dialog "Drop films on this application, or open them with it, and they are dubbed." buttons {"OK"} default button 1
end run
