// Constraint solver: finite domains as bit sets, arc propagation over a work list, search with a trail.
'use strict';
function bitCount(x) { let n = 0; while (x) { x &= x - 1; n++; } return n; }
class Variable {
  constructor(name, domain) { this.name = name; this.domain = domain; this.watchers = []; }
  isFixed() { return (this.domain & (this.domain - 1)) === 0; }
  value() { return 31 - Math.clz32(this.domain); }
}
class Constraint {
  constructor(solver, variables) {
    this.queued = false;
    this.variables = variables;
    for (const v of variables) v.watchers.push(this);
    solver.constraints.push(this);
  }
}
class AllDifferent extends Constraint {
  propagate(solver) {
    const variables = this.variables;
    for (let i = 0; i < variables.length; i++) {
      const fixed = variables[i];
      if (!fixed.isFixed()) continue;
      for (let j = 0; j < variables.length; j++)
        if (j !== i && !solver.restrict(variables[j], ~fixed.domain)) return false;
    }
    return true;
  }
}
class Offset extends Constraint {
  // a != b + distance and a != b - distance
  constructor(solver, a, b, distance) { super(solver, [a, b]); this.distance = distance; }
  exclude(solver, from, to) {
    if (!from.isFixed()) return true;
    return solver.restrict(to, ~((from.domain << this.distance) | (from.domain >>> this.distance)));
  }
  propagate(solver) {
    const [a, b] = this.variables;
    return this.exclude(solver, a, b) && this.exclude(solver, b, a);
  }
}
class Solver {
  constructor() { this.variables = []; this.constraints = []; this.trail = []; this.queue = []; this.propagations = 0; this.nodes = 0; }
  variable(name, size) { const v = new Variable(name, (1 << size) - 1); this.variables.push(v); return v; }
  restrict(variable, mask) {
    const domain = variable.domain & mask;
    if (domain === variable.domain) return true;
    this.trail.push({ variable, domain: variable.domain });
    variable.domain = domain;
    if (domain === 0) return false;
    for (const c of variable.watchers) if (!c.queued) { c.queued = true; this.queue.push(c); }
    return true;
  }
  propagate() {
    let good = true;
    while (this.queue.length > 0) {
      const c = this.queue.pop();
      c.queued = false;
      this.propagations++;
      if (good && !c.propagate(this)) good = false;
    }
    return good;
  }
  undo(mark) { while (this.trail.length > mark) { const { variable, domain } = this.trail.pop(); variable.domain = domain; } }
  solve(found) {
    this.nodes++;
    let best = null, smallest = 99;
    for (const v of this.variables) {
      const size = bitCount(v.domain);
      if (size > 1 && size < smallest) { smallest = size; best = v; }
    }
    if (best === null) return found(this.variables);
    for (let rest = best.domain; rest !== 0; rest &= rest - 1) {
      const mark = this.trail.length;
      if (this.restrict(best, rest & -rest) && this.propagate() && this.solve(found)) return true;
      this.propagate();
      this.undo(mark);
    }
    return false;
  }
}
function queens(n) {
  const solver = new Solver();
  const row = [];
  for (let i = 0; i < n; i++) row.push(solver.variable('q' + i, n));
  new AllDifferent(solver, row);
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) new Offset(solver, row[i], row[j], j - i);
  let count = 0, digest = 0;
  solver.solve(function (variables) {
    count++;
    for (const v of variables) digest = (digest * 31 + v.value()) | 0;
    return false;
  });
  return count + '/' + solver.nodes + '/' + solver.propagations + '/' + digest;
}
function run() { return queens(6) + ' ' + queens(7); }
