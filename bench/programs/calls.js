// Calls: recursive functions with numbers for arguments, and loops of integer arithmetic.
'use strict';
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
function tak(x, y, z) { return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)); }
function ackermann(m, n) { return m === 0 ? n + 1 : n === 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
function collatz(limit) {
  let longest = 0, best = 0;
  for (let i = 1; i < limit; i++) {
    let n = i, steps = 0;
    while (n !== 1) { n = n % 2 === 0 ? n / 2 : 3 * n + 1; steps++; }
    if (steps > longest) { longest = steps; best = i; }
  }
  return best + '/' + longest;
}
function hanoi(n, a, b, c) { return n === 0 ? 0 : hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a); }
function run() { return [fib(20), tak(12, 8, 4), ackermann(2, 30), collatz(1500), hanoi(12, 1, 2, 3)].join(':'); }
