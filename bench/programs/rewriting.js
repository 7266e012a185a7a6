// Term rewriting: symbolic derivatives brought to a normal form by rules matched over terms that are shared by hashing.
'use strict';
const table = new Map();
let made = 0;
function term(op, ...args) {
  let key = op;
  for (let i = 0; i < args.length; i++) key += '#' + args[i].id;
  let found = table.get(key);
  if (found === undefined) {
    found = { op: op, args: args, id: made++, normal: null };
    table.set(key, found);
  }
  return found;
}
function number(n) { return term(String(n)); }
function isNumber(t) { return t.args.length === 0 && !Number.isNaN(Number(t.op)); }
const variable = function (name) { return { variable: name }; };
function pattern(source) {
  const tokens = source.match(/[()]|[^\s()]+/g);
  let at = 0;
  function parse() {
    const token = tokens[at++];
    if (token !== '(') return token[0] === '?' ? variable(token.slice(1)) : { op: token, args: [] };
    const op = tokens[at++], args = [];
    while (tokens[at] !== ')') args.push(parse());
    at++;
    return { op: op, args: args };
  }
  return parse();
}
function match(p, t, bindings) {
  if (p.variable !== undefined) {
    const bound = bindings[p.variable];
    if (bound !== undefined) return bound === t;
    bindings[p.variable] = t;
    return true;
  }
  if (p.op !== t.op || p.args.length !== t.args.length) return false;
  for (let i = 0; i < p.args.length; i++) if (!match(p.args[i], t.args[i], bindings)) return false;
  return true;
}
function build(p, bindings) {
  if (p.variable !== undefined) return bindings[p.variable];
  return term(p.op, ...p.args.map(function (a) { return build(a, bindings); }));
}
const rules = [
  ['(+ 0 ?a)', '?a'], ['(+ ?a 0)', '?a'], ['(* 0 ?a)', '0'], ['(* ?a 0)', '0'], ['(* 1 ?a)', '?a'], ['(* ?a 1)', '?a'],
  ['(+ ?a ?a)', '(* 2 ?a)'], ['(* ?a (+ ?b ?c))', '(+ (* ?a ?b) (* ?a ?c))'], ['(* (+ ?a ?b) ?c)', '(+ (* ?a ?c) (* ?b ?c))'],
  ['(* (* ?a ?b) ?c)', '(* ?a (* ?b ?c))'], ['(+ (+ ?a ?b) ?c)', '(+ ?a (+ ?b ?c))'],
  ['(d (+ ?a ?b))', '(+ (d ?a) (d ?b))'], ['(d (* ?a ?b))', '(+ (* (d ?a) ?b) (* ?a (d ?b)))'], ['(d x)', '1'],
].map(function (rule) { return { left: pattern(rule[0]), right: pattern(rule[1]) }; });
let steps = 0;
function normalize(t) {
  if (t.normal !== null) return t.normal;
  let current = term(t.op, ...t.args.map(normalize));
  for (;;) {
    const next = rewriteOnce(current);
    if (next === null) break;
    steps++;
    current = term(next.op, ...next.args.map(normalize));
  }
  t.normal = current;
  return current;
}
function rewriteOnce(t) {
  if (t.op === 'd' && isNumber(t.args[0])) return number(0);
  if (t.args.length === 2 && isNumber(t.args[0]) && isNumber(t.args[1]))
    return number(t.op === '+' ? Number(t.args[0].op) + Number(t.args[1].op) : Number(t.args[0].op) * Number(t.args[1].op));
  for (const rule of rules) {
    const bindings = {};
    if (match(rule.left, t, bindings)) return build(rule.right, bindings);
  }
  return null;
}
function count(t, seen) {
  if (seen.has(t)) return 0;
  seen.add(t);
  return t.args.reduce(function (sum, a) { return sum + count(a, seen); }, 1);
}
function run() {
  table.clear();
  made = 0;
  steps = 0;
  const x = term('x');
  let t = term('+', x, number(1));
  for (let i = 2; i < 7; i++) t = term('*', t, term('+', x, number(i)));
  const first = normalize(term('d', t));
  const second = normalize(term('d', first));
  return steps + ':' + made + ':' + count(first, new Set()) + ':' + count(second, new Set());
}
