// A fake of Tdarr's node: loads a plugin as Tdarr does and gives it a file. node fake_tdarr.js PLUGIN FILE
// Prints what the plugin returned. Flow plugins get `args`, classic ones of the stage Post-processing the file itself.
'use strict';

const [path, name] = process.argv.slice(2);
const { details, plugin } = require(path);
const told = details();
const file = { _id: name, file: name, container: 'mov' };

if (told.outputs) {
  const log = [];
  const given = { inputFileObj: file, originalLibraryFile: file, inputs: {}, variables: { user: {} }, jobLog: (line) => log.push(line) };
  console.log(JSON.stringify({ details: told, returned: plugin(given), log }));
} else {
  const lines = [];
  const print = console.log;
  console.log = (line) => lines.push(line);
  const returned = plugin(file, {}, {}, {});
  print(JSON.stringify({ details: told, returned, log: lines }));
}
