// Arrays: growing, reading and summing, two dimensions, splice, indexOf, reverse, concat, join and holes.
'use strict';
function matrix(n, f) {
  const rows = [];
  for (let i = 0; i < n; i++) { const row = []; for (let j = 0; j < n; j++) row.push(f(i, j)); rows.push(row); }
  return rows;
}
function multiply(a, b) {
  const n = a.length, out = [];
  for (let i = 0; i < n; i++) {
    const row = new Array(n);
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i][k] * b[k][j];
      row[j] = sum;
    }
    out.push(row);
  }
  return out;
}
function permutations(list) {
  let count = 0, digest = 0;
  const c = new Array(list.length).fill(0);
  let i = 0;
  while (i < list.length) {
    if (c[i] < i) {
      const k = i % 2 ? c[i] : 0, t = list[k];
      list[k] = list[i];
      list[i] = t;
      count++;
      digest = (digest * 31 + list[0] * 7 + list[list.length - 1]) | 0;
      c[i]++;
      i = 0;
    } else c[i++] = 0;
  }
  return count + '/' + digest;
}
function run() {
  const list = [];
  for (let i = 0; i < 20000; i++) list.push(i % 100);
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += list[i];
  for (const x of list) sum += x;
  const m = multiply(matrix(24, (i, j) => i + j), matrix(24, (i, j) => i * j % 7 + 0.5));
  const queue = [];
  let served = 0;
  for (let i = 0; i < 2000; i++) { queue.push(i); if (i % 3) served += queue.shift(); if (i % 5 === 0) queue.unshift(-i); }
  const spliced = list.slice(0, 500);
  for (let i = 0; i < 100; i++) spliced.splice(i * 3, 2, i, i + 1, i + 2);
  const where = list.indexOf(99, 5000) + list.lastIndexOf(3) + (list.includes(100) ? 1 : 0);
  const joined = list.slice(0, 300).concat([1, 2, [3, 4]], spliced.reverse()).flat().join('').length;
  return [sum, m[3][5], m[23][23], served, spliced.length, where, joined, permutations([1, 2, 3, 4, 5, 6, 7])].join(':');
}
