// written by dub hooks
// Windows Script Host: hands each file that was sent here to dub, as one word of its command line.

var HOOK = "@HOOK@";

// As CommandLineToArgvW takes it apart again.
function quoted(word) {
  return '"' + word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1') + '"';
}

function handOver(path) {
  var words = [];
  for (var place = 1; place < HOOK.length; place++) {
    words.push(quoted(HOOK[place]));
  }
  words.push(quoted(path));
  new ActiveXObject('Shell.Application').ShellExecute(HOOK[0], words.join(' '), '', 'open', 0);
}

for (var number = 0; number < WScript.Arguments.length; number++) {
  handOver(String(WScript.Arguments.Item(number)));
}
