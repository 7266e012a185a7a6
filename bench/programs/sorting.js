// Sorting: Array.prototype.sort with comparators and without, and quicksort, heapsort and merge sort written out.
'use strict';
function numbers(n, seed) {
  const list = [];
  for (let i = 0; i < n; i++) { seed = (Math.imul(seed, 1664525) + 1013904223) | 0; list.push(seed >>> 8); }
  return list;
}
function quick(a, low, high) {
  while (low < high) {
    const pivot = a[(low + high) >> 1];
    let i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) { const t = a[i]; a[i] = a[j]; a[j] = t; i++; j--; }
    }
    if (j - low < high - i) { quick(a, low, j); low = i; } else { quick(a, i, high); high = j; }
  }
}
function heap(a) {
  const n = a.length;
  function sink(at, end) {
    const value = a[at];
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && a[child + 1] > a[child]) child++;
      if (a[child] <= value) break;
      a[at] = a[child];
      at = child;
    }
    a[at] = value;
  }
  for (let i = (n >> 1) - 1; i >= 0; i--) sink(i, n);
  for (let end = n - 1; end > 0; end--) { const t = a[0]; a[0] = a[end]; a[end] = t; sink(0, end); }
}
function merge(a) {
  if (a.length < 2) return a;
  const middle = a.length >> 1, left = merge(a.slice(0, middle)), right = merge(a.slice(middle)), out = [];
  let i = 0, j = 0;
  while (i < left.length && j < right.length) out.push(left[i] <= right[j] ? left[i++] : right[j++]);
  while (i < left.length) out.push(left[i++]);
  while (j < right.length) out.push(right[j++]);
  return out;
}
function digest(a) { let h = 0; for (let i = 0; i < a.length; i += 17) h = (h * 31 + a[i]) | 0; return h; }
function run() {
  const out = [];
  const a = numbers(2500, 1);
  const byComparator = a.slice().sort(function (x, y) { return x - y; });
  out.push(digest(byComparator));
  const q = a.slice(); quick(q, 0, q.length - 1); out.push(digest(q));
  const h = a.slice(); heap(h); out.push(digest(h));
  out.push(digest(merge(a)));
  const people = a.slice(0, 1000).map(function (n, i) { return { name: 'p' + n % 97, age: n % 50, i: i }; });
  people.sort(function (x, y) { return x.age - y.age || (x.name < y.name ? -1 : x.name > y.name ? 1 : 0); });
  out.push(digest(people.map(function (p) { return p.i; })));
  out.push(digest(a.slice(0, 800).map(String).sort().map(Number)));
  return out.join(':');
}
