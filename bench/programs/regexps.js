// Regular expressions: tokens, dates, mail addresses, replacement with functions, splitting, look-around, named groups.
'use strict';
let corpus = '';
for (let i = 0; i < 120; i++)
  corpus += 'On 20' + (10 + i % 20) + '-0' + (1 + i % 9) + '-1' + (i % 9) + ' user' + i + '.name@example' + (i % 7) + '.org wrote: "let value' + i +
    ' = call(' + i * 37 + ', 0x' + (i * 7919).toString(16) + ') + ' + i / 8 + ';" // note ' + 'aab'.repeat(i % 5) + '\n';
const token = /\s*(?:([A-Za-z_$][\w$]*)|(0x[0-9a-f]+|\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*")|(\/\/[^\n]*)|([-+*\/=<>!&|,.;:(){}@]))/y;
const date = /(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)/g;
const mail = /\b[\w.]+@(?:[a-z0-9]+\.)+[a-z]{2,}\b/gi;
function tokens(text) {
  const counts = [0, 0, 0, 0, 0, 0];
  token.lastIndex = 0;
  for (;;) {
    const found = token.exec(text);
    if (found === null) break;
    for (let g = 1; g <= 5; g++) if (found[g] !== undefined) { counts[g]++; break; }
  }
  return counts.join('.');
}
function run() {
  const out = [tokens(corpus)];
  let days = 0;
  for (const found of corpus.matchAll(date)) days += Number(found.groups.year) * 372 + Number(found.groups.month) * 31 + Number(found.groups.day);
  out.push(days);
  out.push(corpus.match(mail).length);
  out.push(corpus.replace(date, '$<day>.$<month>.$<year>').length);
  out.push(corpus.replace(/\b(\w)(\w*)\b/g, function (all, first, rest) { return rest + first + 'ay'; }).length);
  out.push(corpus.split(/\s*[,;:]\s*/).length);
  out.push(corpus.search(/(?<=user)119/));
  out.push((corpus.match(/(?:a+b)+(?=\n)/g) || []).length);
  let lines = 0;
  for (const line of corpus.split('\n')) if (/^On (\d+)-.*0x\w*[a-f]\w*\)/.test(line)) lines++;
  out.push(lines);
  return out.join(' ');
}
