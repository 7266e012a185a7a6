// Closures: functions that make functions, and the array methods that call them back.
'use strict';
function compose(...functions) { return function (x) { return functions.reduce((value, f) => f(value), x); }; }
function curry(f) { return a => b => c => f(a, b, c); }
function counter() { let n = 0; return { up() { return ++n; }, down() { return --n; }, get() { return n; } }; }
function memoize(f) { const known = {}; return function (n) { return n in known ? known[n] : (known[n] = f(n)); }; }
function lazy(head, tail) { return { head: head, tail: tail }; }
function from(n) { return lazy(n, () => from(n + 1)); }
function filterLazy(list, test) {
  while (!test(list.head)) list = list.tail();
  const { head, tail } = list;
  return lazy(head, () => filterLazy(tail(), test));
}
function sieve(list) { return lazy(list.head, () => sieve(filterLazy(list.tail(), n => n % list.head !== 0))); }
function run() {
  const numbers = Array.from({ length: 3000 }, (_, i) => i);
  const squares = numbers.map(x => x * x).filter(x => x % 3 === 1).map((x, i) => x - i);
  const total = squares.reduce((a, b) => (a + b) | 0, 0);
  const some = numbers.some(x => x > 2990), every = numbers.every(x => x >= 0), at = numbers.findIndex(x => x === 2500);
  const twice = compose(x => x + 1, x => x * 2, x => x - 3);
  const add = curry((a, b, c) => a + b * c);
  let sum = 0;
  numbers.forEach(n => { sum = (sum + twice(n) + add(n)(2)(3)) | 0; });
  const c = counter();
  for (let i = 0; i < 2000; i++) { c.up(); c.up(); c.down(); }
  const fib = memoize(n => n < 2 ? n : fib(n - 1) + fib(n - 2));
  let primes = sieve(from(2)), product = 0;
  for (let i = 0; i < 45; i++) { product = (product * 31 + primes.head) | 0; primes = primes.tail(); }
  const pairs = numbers.slice(0, 200).flatMap(x => [x, -x]);
  const methods = [];
  for (let i = 0; i < 500; i++) methods.push(() => i);
  for (const m of methods) sum += m();
  return [total, some, every, at, sum, c.get(), fib(70), product, pairs.length].join(':');
}
