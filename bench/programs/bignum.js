// Big-integer arithmetic on arrays of 14-bit digits, as public-key code did before BigInt: modular powers by Montgomery reduction.
'use strict';
const BASE_BITS = 14, MASK = (1 << BASE_BITS) - 1;
function fromHex(text) {
  const digits = [];
  let buffer = 0, bits = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    buffer |= parseInt(text[i], 16) << bits;
    bits += 4;
    if (bits >= BASE_BITS) { digits.push(buffer & MASK); buffer >>= BASE_BITS; bits -= BASE_BITS; }
  }
  if (buffer) digits.push(buffer);
  return digits;
}
function toHex(digits) {
  let out = '', buffer = 0, bits = 0;
  for (let i = 0; i < digits.length; i++) {
    buffer |= digits[i] << bits;
    bits += BASE_BITS;
    while (bits >= 4) { out = '0123456789abcdef'[buffer & 15] + out; buffer >>= 4; bits -= 4; }
  }
  if (buffer) out = buffer.toString(16) + out;
  return out.replace(/^0+/, '') || '0';
}
function compare(a, b, n) {
  for (let i = n - 1; i >= 0; i--) {
    const x = a[i] | 0, y = b[i] | 0;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
function subtractInPlace(a, b, n) {
  let borrow = 0;
  for (let i = 0; i < n; i++) {
    const d = (a[i] | 0) - (b[i] | 0) + borrow;
    a[i] = d & MASK;
    borrow = d >> BASE_BITS;
  }
  return borrow;
}
class Montgomery {
  constructor(modulus) {
    this.m = modulus;
    this.n = modulus.length;
    let inverse = 1;
    for (let i = 0; i < 5; i++) inverse = (inverse * (2 - ((modulus[0] * inverse) & MASK))) & MASK;
    this.factor = (-inverse) & MASK;
  }
  double(a) {
    const n = this.n;
    let carry = 0;
    for (let i = 0; i < n; i++) {
      const d = (a[i] << 1) | carry;
      a[i] = d & MASK;
      carry = d >> BASE_BITS;
    }
    if (carry || compare(a, this.m, n) >= 0) subtractInPlace(a, this.m, n);
  }
  one() {
    const a = new Array(this.n).fill(0);
    a[0] = 1;
    for (let i = 0; i < this.n * BASE_BITS; i++) this.double(a);
    return a;
  }
  enter(x) {
    const a = x.slice();
    while (a.length < this.n) a.push(0);
    for (let i = 0; i < this.n * BASE_BITS; i++) this.double(a);
    return a;
  }
  multiply(a, b) {
    const n = this.n, m = this.m, factor = this.factor, t = [];
    for (let i = 0; i < n + 2; i++) t.push(0);
    for (let i = 0; i < n; i++) {
      const x = a[i];
      let carry = 0;
      for (let j = 0; j < n; j++) {
        const s = t[j] + x * b[j] + carry;
        t[j] = s & MASK;
        carry = s >> BASE_BITS;
      }
      let s = t[n] + carry;
      t[n] = s & MASK;
      t[n + 1] = s >> BASE_BITS;
      const q = (t[0] * factor) & MASK;
      carry = (t[0] + q * m[0]) >> BASE_BITS;
      for (let j = 1; j < n; j++) {
        s = t[j] + q * m[j] + carry;
        t[j - 1] = s & MASK;
        carry = s >> BASE_BITS;
      }
      s = t[n] + carry;
      t[n - 1] = s & MASK;
      t[n] = t[n + 1] + (s >> BASE_BITS);
    }
    if (t[n] || compare(t, m, n) >= 0) subtractInPlace(t, m, n + 1 > n && t[n] ? n + 1 : n);
    t.length = n;
    return t;
  }
  power(base, exponent) {
    let result = this.one(), factor = this.enter(base);
    for (let i = 0; i < exponent.length * BASE_BITS; i++) {
      if ((exponent[(i / BASE_BITS) | 0] >> (i % BASE_BITS)) & 1) result = this.multiply(result, factor);
      factor = this.multiply(factor, factor);
    }
    const unit = new Array(this.n).fill(0);
    unit[0] = 1;
    return this.multiply(result, unit);
  }
}
function run() {
  const modulus = fromHex('f1d3a5c7e9b80213456789abcdef0123456789abcdef13579bdf02468ace1122334455667789');
  const context = new Montgomery(modulus);
  const message = fromHex('48656464 6c65206b 65657073 20746865 20746872 65616473'.replace(/ /g, ''));
  const sealed = context.power(message, fromHex('10001'));
  const again = context.power(sealed, fromHex('f1234567'));
  return toHex(sealed) + '.' + toHex(again);
}
