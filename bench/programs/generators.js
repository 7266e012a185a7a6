// Generators and iterators: pipelines, delegation, iterators written by hand, for-of over every kind of collection.
'use strict';
function* range(from, to) { for (let i = from; i < to; i++) yield i; }
function* map(source, f) { for (const x of source) yield f(x); }
function* filter(source, test) { for (const x of source) if (test(x)) yield x; }
function* take(source, n) { if (n <= 0) return; for (const x of source) { yield x; if (--n === 0) return; } }
function* walk(tree) { if (tree === null) return; yield* walk(tree.left); yield tree.value; yield* walk(tree.right); }
function tree(low, high) {
  if (low >= high) return null;
  const middle = (low + high) >> 1;
  return { value: middle, left: tree(low, middle), right: tree(middle + 1, high) };
}
class Grid {
  constructor(w, h) { this.w = w; this.h = h; }
  [Symbol.iterator]() {
    let x = 0, y = 0;
    return { next: () => {
      if (y >= this.h) return { value: undefined, done: true };
      const value = x * 100 + y;
      if (++x === this.w) { x = 0; y++; }
      return { value, done: false };
    } };
  }
}
function* accumulate() { let total = 0; for (;;) { const x = yield total; if (x === undefined) return total; total += x; } }
function run() {
  let sum = 0;
  for (const x of take(filter(map(range(0, 100000), x => x * 3), x => x % 2 === 1), 1200)) sum += x;
  for (const v of walk(tree(0, 500))) sum = (sum * 3 + v) | 0;
  for (const cell of new Grid(50, 30)) sum = (sum + cell) | 0;
  const a = accumulate();
  a.next();
  for (let i = 0; i < 1500; i++) a.next(i);
  sum += a.next().value;
  const list = [...range(0, 1000)];
  for (const x of list) sum += x;
  for (const [i, x] of list.entries()) sum += i ^ x;
  for (const c of 'iterate over this string, please') sum += c.charCodeAt(0);
  return String(sum);
}
