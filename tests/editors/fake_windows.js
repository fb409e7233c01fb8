// A fake of the Windows Script Host, with Shell.Application. node fake_windows.js CODE FILE... prints what was started.
'use strict';

const vm = require('vm');
const [code, ...given] = process.argv.slice(2);
const started = [];

class ActiveXObject {
  constructor(name) {
    if (name !== 'Shell.Application') throw new Error(name);
  }

  ShellExecute(file, parameters, folder, verb, show) {
    started.push({ file, parameters, folder, verb, show });
  }
}

const names = { length: given.length, Item: (place) => given[place] };
vm.runInNewContext(code, { ActiveXObject, WScript: { Arguments: names } });
console.log(JSON.stringify(started));
