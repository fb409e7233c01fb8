"""Everything that goes wrong in the world, and the test that makes it go wrong and looks at what is left.

The job
  kill -9, at any moment                          test_job: killed; test_synthesis: the moment it is there
  stale temporaries                               test_muxing: leftovers, scratch; test_store: swept
  disk full in the store, the track, the film,    test_job: a disk that fills (tmpfs of many sizes);
  the temporary files, the last block             test_muxing: a disk that fills (RLIMIT_FSIZE); test_store: any step
  n-th write, fsync, rename, start, read fails    test_injection (below libc, in workers and in ffmpeg alike)
  Ctrl-C, SIGTERM, in the first seconds,          cli/test_stopping; test_pipeline: ctrl_c; test_synthesis: ctrl_c; here
    swallowed by a library, said twice
  temporary folders of killed runs                test_scratch
  the output exists, is an input, also by link    test_pipeline: existing output; test_muxing: never an input
  output folder read-only                         test_job: said before a word is spoken
  whatever a machine refuses, for each command    test_machine (here): 25 conditions
  two machines' clocks; two users of one store    test_lease: a clock that is wrong; test_shared_store (here)
  300 films, 1,000 files at once                  unattended/test_nights
  two runs on one output, in one folder or store  test_job: two at once; test_muxing, test_store: two
  a stored take cut, zeroed, flipped, emptied     test_job: damaged takes, stretches, beds; test_store: a miss
  the source changes while it is read             test_job: a source that changes; test_sources: noticed at both ends
  clock jumps, copied dates                       test_job: clocks
  a truncated or broken film                      test_job: cut off; test_ffmpeg: cut off, no film
  some lines failed                               test_job: some lines; a second reading that fails
  the report no longer fits                       test_job: a warning beside a whole film

The voice servers
  down at the start; the server lacks a voice     test_preflight
  5xx, 429, reset, timeout; five failures         test_synthesis: retry-after, rests; test_rest: in trouble
  401, 403, 404                                   test_servers (here): a wrong key; test_rest: wants something
  a dead link, a Retry-After of a day             test_servers (here)
  a bad answer under 200                          test_rest_servers: noticed; test_synthesis: no speech; test_audio
  odd but good sound                              test_audio: every kind of wav; backends/test_openai: odd sound
  hangs, drips, never ends                        test_rest: breaks off, without end;
                                                  test_gradio: without end, drips, swell
  dies in the middle, comes back                  test_rest_servers; test_synthesis; backends/test_webui_pool

Trust
  keys never shown, plain http to loopback only   test_trust (here): a key; test_rest: the key, a secret, plain http
  no token, no upload unasked, no redirect        test_gradio: no token, a hidden parameter, a redirect
  a key goes to its own host alone                tests/test_secrets; test_rest: a redirect
  a key repeated, quoted, escaped, cut in two     test_trust (here): no piece of a key; tests/test_redaction
  an address that bends the request               tests/test_addresses, test_secrets; backends/test_higgs302: a path
  a local port that a stranger names              tests/test_trust
  a farm's scheduler: keys, strangers, killed     tests/test_farm; test_profile: named by the user alone
  a training server: .., absolute, links          training/test_trust
  chosen takes pruned, a disk too small           tests/test_kept
  recordings outside the profile's folder         test_trust (here): a stranger; test_profile: needs the user's word
  a new host is named once                        tests/test_trust
  nothing is unpickled, no .pt, no YAML           test_trust (here): nothing is unpickled
  text is data: options, paths, escapes, HTML     test_trust (here): names and words; backends/test_espeak: an option;
                                                  cli/test_commands: escape sequences; test_drawing: words are data
  endless bodies, private addresses               test_rest: without end, private address; test_gradio
  playlists as films; pipes and devices           test_ffmpeg: no film; test_sources: a pipe, devices
  temporary files private, output by umask        test_trust (here): private; test_muxing: umask; test_store: private

Fuzzing: tests/fuzz (guided), subtitles/test_promise, test_hostile, test_hostile_profiles, test_audio.
`make long` takes every n, lasting failures, and kills 200 times.
"""
