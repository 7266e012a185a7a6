// Splay tree: inserts and removals that keep a tree of payloads turning over, for the allocator and the collector.
'use strict';
function Node(key, value) { this.key = key; this.value = value; this.left = null; this.right = null; }
function Tree() { this.root = null; this.size = 0; }
Tree.prototype.splay = function (key) {
  if (this.root === null) return;
  const header = new Node(0, null);
  let left = header, right = header, at = this.root;
  for (;;) {
    if (key < at.key) {
      if (at.left === null) break;
      if (key < at.left.key) {
        const up = at.left;
        at.left = up.right;
        up.right = at;
        at = up;
        if (at.left === null) break;
      }
      right.left = at;
      right = at;
      at = at.left;
    } else if (key > at.key) {
      if (at.right === null) break;
      if (key > at.right.key) {
        const up = at.right;
        at.right = up.left;
        up.left = at;
        at = up;
        if (at.right === null) break;
      }
      left.right = at;
      left = at;
      at = at.right;
    } else break;
  }
  left.right = at.left;
  right.left = at.right;
  at.left = header.right;
  at.right = header.left;
  this.root = at;
};
Tree.prototype.insert = function (key, value) {
  const node = new Node(key, value);
  if (this.root !== null) {
    this.splay(key);
    if (this.root.key === key) return false;
    if (key > this.root.key) { node.left = this.root; node.right = this.root.right; this.root.right = null; }
    else { node.right = this.root; node.left = this.root.left; this.root.left = null; }
  }
  this.root = node;
  this.size++;
  return true;
};
Tree.prototype.remove = function (key) {
  this.splay(key);
  if (this.root === null || this.root.key !== key) return null;
  const removed = this.root;
  if (removed.left === null) this.root = removed.right;
  else {
    const right = removed.right;
    this.root = removed.left;
    this.splay(key);
    this.root.right = right;
  }
  this.size--;
  return removed;
};
function payload(depth, tag) {
  if (depth === 0) return { list: [0, 1, 2, 3, 4, 5, 6, 7], text: 'leaf ' + tag };
  return { left: payload(depth - 1, tag), right: payload(depth - 1, tag) };
}
let seed = 0;
function next() {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed;
}
let tree = null;
function run() {
  seed = 49734321;
  if (tree === null) {
    tree = new Tree();
    while (tree.size < 4000) { const key = next(); tree.insert(key, payload(3, key)); }
  }
  seed = 77;
  const fresh = [];
  for (let i = 0; i < 1200; i++) {
    const key = next();
    if (tree.insert(key, payload(3, key))) fresh.push(key);
  }
  let digest = 0;
  for (const key of fresh) digest = (digest * 31 + tree.remove(key).value.left.right.left.list.length + key) | 0;
  return tree.size + ':' + digest;
}
