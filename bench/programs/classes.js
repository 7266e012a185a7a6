// Classes: fields, private fields and methods, accessors, static members, inheritance, super, instanceof.
'use strict';
class Account {
  #balance = 0;
  #log = [];
  static #opened = 0;
  static reset() { Account.#opened = 0; }
  static get opened() { return Account.#opened; }
  constructor(owner) { this.owner = owner; Account.#opened++; }
  get balance() { return this.#balance; }
  set balance(value) { if (value < 0) throw new RangeError('negative'); this.#balance = value; }
  #note(kind, amount) { if (this.#log.length < 8) this.#log.push(kind + amount); }
  deposit(amount) { this.#balance += amount; this.#note('+', amount & 7); return this; }
  withdraw(amount) { if (amount > this.#balance) return false; this.balance -= amount; return true; }
  get entries() { return this.#log.length; }
  static isAccount(x) { return #balance in x; }
}
class Savings extends Account {
  rate = 0.5;
  #months = 0;
  deposit(amount) { super.deposit(amount + 1); this.#months++; return this; }
  get months() { return this.#months; }
  get balance() { return super.balance; }
  set balance(value) { super.balance = value; }
}
class Shape { constructor(name) { this.name = name; } area() { return 0; } toString() { return this.name + ':' + this.area(); } }
class Rectangle extends Shape { constructor(w, h) { super('rectangle'); this.w = w; this.h = h; } area() { return this.w * this.h; } }
class Square extends Rectangle { constructor(side) { super(side, side); this.name = 'square'; } }
class Circle extends Shape { r = 1; constructor(r) { super('circle'); this.r = r; } area() { return 3 * this.r * this.r; } get diameter() { return 2 * this.r; } }
function run() {
  Account.reset();
  let sum = 0;
  const accounts = [];
  for (let i = 0; i < 60; i++) accounts.push(i % 2 ? new Savings('s' + i) : new Account('a' + i));
  for (let round = 0; round < 40; round++)
    for (const account of accounts) {
      account.deposit(round + 3);
      if (!account.withdraw(round)) sum--;
      sum += account.balance + account.entries + (account instanceof Savings ? account.months * account.rate : 0);
    }
  let refused = 0;
  for (const account of accounts) {
    try { account.balance = -1; } catch (e) { if (e instanceof RangeError) refused++; }
    if (Account.isAccount(account)) sum++;
  }
  let text = 0;
  for (let i = 0; i < 800; i++) {
    const shape = i % 3 === 0 ? new Rectangle(i, 2) : i % 3 === 1 ? new Square(i & 15) : new Circle(i & 7);
    sum += shape.area();
    if (shape instanceof Circle) sum += shape.diameter;
    text += `${shape}`.length;
  }
  return [sum, refused, Account.opened, text].join(':');
}
