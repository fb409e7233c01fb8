// written by dub hooks
'use strict';

const HOOK = "@HOOK@";

const details = () => ({
  id: 'Tdarr_Plugin_dub_hook',
  Stage: 'Post-processing',
  Name: 'Dub',
  Type: 'Video',
  Operation: 'Transcode',
  Description: 'Dubs the file, if there are subtitles beside it. Dub goes on by itself; Tdarr does not wait.',
  Version: '1.0',
  Tags: 'post-processing',
  Inputs: [],
});

// No shell: the name is one word of the command, whatever stands in it.
const plugin = (file) => {
  const { spawnSync } = require('child_process');
  const started = spawnSync(HOOK[0], [...HOOK.slice(1), '--media', file._id], { windowsHide: true });
  console.log(started.status === 0 ? 'dub has the file' : `dub: ${started.error || started.stderr}`);
  return { file, removeFromDB: false, updateDB: false };
};

module.exports.details = details;
module.exports.plugin = plugin;
