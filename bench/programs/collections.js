// Map, Set, WeakMap: keys that are numbers, strings and objects; insertion, look-up, deletion, iteration.
'use strict';
const keys = [];
for (let i = 0; i < 2000; i++) keys.push('key' + (i * 7919) % 10007);
const objects = keys.map(function (k, i) { return { k: k, i: i }; });
function run() {
  const byName = new Map(), byNumber = new Map(), byObject = new Map(), weak = new WeakMap(), seen = new Set();
  let sum = 0;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < keys.length; i++) {
      byName.set(keys[i], (byName.get(keys[i]) || 0) + i);
      byNumber.set(i * 3, i);
      byObject.set(objects[i], i);
      weak.set(objects[i], i);
      seen.add(keys[i].slice(0, 6));
    }
    for (let i = 0; i < keys.length; i++)
      sum += byName.get(keys[i]) + (byNumber.has(i) ? byNumber.get(i) : 1) + byObject.get(objects[i]) + weak.get(objects[i]) + (seen.has('key' + i) ? 1 : 0);
    for (let i = 0; i < 3000; i += 2) byNumber.delete(i);
  }
  for (const [name, value] of byName) sum += name.length + value;
  byNumber.forEach(function (value, key) { sum += value ^ key; });
  for (const name of seen) sum += name.charCodeAt(3);
  const words = {};
  for (const key of keys) words[key] = (words[key] | 0) + 1;
  for (const key in words) sum += words[key];
  const union = new Set([...seen, ...byName.keys()]);
  return sum + ':' + byName.size + ':' + byNumber.size + ':' + seen.size + ':' + union.size;
}
