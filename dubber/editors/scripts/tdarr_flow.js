// written by dub hooks
'use strict';

const { spawnSync } = require('child_process');

const HOOK = "@HOOK@";

const details = () => ({
  name: 'Dub',
  description: 'Dubs the file, if there are subtitles beside it. Dub goes on by itself; the flow does not wait.',
  style: { borderColor: 'green' },
  tags: '',
  isStartPlugin: false,
  pType: '',
  requiresVersion: '2.11.01',
  sidebarPosition: -1,
  icon: 'faMicrophone',
  inputs: [],
  outputs: [{ number: 1, tooltip: 'Continue to next plugin' }],
});

// No shell: the name is one word of the command, whatever stands in it.
const plugin = (args) => {
  const started = spawnSync(HOOK[0], [...HOOK.slice(1), '--media', args.inputFileObj._id], { windowsHide: true });
  args.jobLog(started.status === 0 ? 'dub has the file' : `dub: ${started.error || started.stderr}`);
  return { outputFileObj: args.inputFileObj, outputNumber: 1, variables: args.variables };
};

exports.details = details;
exports.plugin = plugin;
