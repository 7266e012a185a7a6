// Strings: building by concatenation, reading by character, slicing, searching, case, splitting and joining.
'use strict';
const words = 'the heddle keeps the threads of the warp apart so that the weft may pass between them'.split(' ');
function build(n) {
  let s = '';
  for (let i = 0; i < n; i++) s += words[i % words.length] + (i & 7 ? ' ' : '\n');
  return s;
}
function hash(s) {
  let h = 0;
  for (let i = 0; i < s.length; i++) h = (h * 31 + s.charCodeAt(i)) | 0;
  return h;
}
function reverseWords(s) { return s.split(' ').map(function (w) { return w.split('').reverse().join(''); }).join(' '); }
function caesar(s, shift) {
  const out = [];
  for (let i = 0; i < s.length; i++) {
    const c = s[i];
    if (c >= 'a' && c <= 'z') out.push(String.fromCharCode((c.charCodeAt(0) - 97 + shift) % 26 + 97));
    else out.push(c);
  }
  return out.join('');
}
function frequencies(s) {
  const counts = {};
  for (const c of s) counts[c] = (counts[c] || 0) + 1;
  return Object.keys(counts).sort().map(function (c) { return c.charCodeAt(0) + '=' + counts[c]; }).join(',');
}
function run() {
  const text = build(1500);
  let found = 0;
  for (let at = text.indexOf('thread'); at >= 0; at = text.indexOf('thread', at + 1)) found++;
  const lines = text.split('\n');
  let trimmed = 0;
  for (const line of lines) trimmed += line.trim().toUpperCase().padStart(80, '.').slice(10, 30).length + (line.startsWith('the') ? 1 : 0) + line.lastIndexOf('w');
  let csv = '';
  for (let i = 0; i < 2000; i++) csv += `${i},${i * 3 % 17},"${words[i % 17]}"\n`;
  return hash(text) + ':' + found + ':' + trimmed + ':' + hash(reverseWords(text)) + ':' + hash(caesar(text, 3)) + ':' + hash(frequencies(text)) + ':' + hash(csv);
}
