// A virtual machine: an assembler and an interpreter of bytecode, in one large switch, running small programs.
'use strict';
const PUSH = 0, LOAD = 1, STORE = 2, ADD = 3, SUB = 4, MUL = 5, LESS = 6, JUMP = 7, BRANCH = 8, READ = 9, WRITE = 10, OUT = 11, HALT = 12, MOD = 13, CALL = 14, RETURN = 15;
const names = { push: PUSH, load: LOAD, store: STORE, add: ADD, sub: SUB, mul: MUL, less: LESS, jump: JUMP, branch: BRANCH, read: READ, write: WRITE, out: OUT, halt: HALT, mod: MOD, call: CALL, return: RETURN };
function assemble(source) {
  const code = [], labels = {}, fixes = [];
  for (const line of source.split('\n')) {
    const [word, operand] = line.trim().split(/\s+/);
    if (!word) continue;
    if (word.endsWith(':')) { labels[word.slice(0, -1)] = code.length; continue; }
    code.push(names[word]);
    if (operand !== undefined) {
      if (/^-?\d+$/.test(operand)) code.push(Number(operand));
      else { fixes.push([code.length, operand]); code.push(0); }
    }
  }
  for (const [at, label] of fixes) code[at] = labels[label];
  return code;
}
class Machine {
  constructor(code) { this.code = code; this.stack = []; this.calls = []; this.memory = new Array(2000).fill(0); this.variables = [0, 0, 0, 0, 0, 0, 0, 0]; this.output = []; this.steps = 0; }
  run() {
    const code = this.code, stack = this.stack, memory = this.memory, variables = this.variables;
    let pc = 0, steps = 0;
    for (;;) {
      steps++;
      switch (code[pc++]) {
        case PUSH: stack.push(code[pc++]); break;
        case LOAD: stack.push(variables[code[pc++]]); break;
        case STORE: variables[code[pc++]] = stack.pop(); break;
        case ADD: { const b = stack.pop(); stack.push((stack.pop() + b) | 0); break; }
        case SUB: { const b = stack.pop(); stack.push((stack.pop() - b) | 0); break; }
        case MUL: { const b = stack.pop(); stack.push(Math.imul(stack.pop(), b)); break; }
        case MOD: { const b = stack.pop(); stack.push(stack.pop() % b); break; }
        case LESS: { const b = stack.pop(); stack.push(stack.pop() < b ? 1 : 0); break; }
        case JUMP: pc = code[pc]; break;
        case BRANCH: if (stack.pop()) pc = code[pc]; else pc++; break;
        case READ: stack.push(memory[stack.pop()]); break;
        case WRITE: { const at = stack.pop(); memory[at] = stack.pop(); break; }
        case OUT: this.output.push(stack.pop()); break;
        case CALL: this.calls.push(pc + 1); pc = code[pc]; break;
        case RETURN: pc = this.calls.pop(); break;
        case HALT: this.steps = steps; return this;
        default: throw new Error('bad instruction at ' + pc);
      }
    }
  }
}
const sieve = `
  push 2
  store 0
outer:
  load 0
  call composite
  load 0
  push 1
  add
  store 0
  load 0
  push 1500
  less
  branch outer
  load 2
  out
  halt
composite:
  load 0
  read
  branch done
  load 2
  push 1
  add
  store 2
  load 0
  load 0
  add
  store 1
inner:
  load 1
  push 1500
  less
  branch mark
  return
mark:
  push 1
  load 1
  write
  load 1
  load 0
  add
  store 1
  jump inner
done:
  return`;
function run() {
  const machine = new Machine(assemble(sieve)).run();
  return machine.output.join(',') + ':' + machine.steps;
}
