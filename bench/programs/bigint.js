// BigInt: modular powers, a Fibonacci number, digits of pi by a spigot, and conversions to and from text.
'use strict';
function power(base, exponent, modulus) {
  let result = 1n;
  base %= modulus;
  while (exponent > 0n) {
    if (exponent & 1n) result = result * base % modulus;
    base = base * base % modulus;
    exponent >>= 1n;
  }
  return result;
}
function fibonacci(n) {
  let a = 0n, b = 1n;
  for (let i = 0; i < n; i++) { const next = a + b; a = b; b = next; }
  return a;
}
function piDigits(count) {
  let q = 1n, r = 0n, t = 1n, k = 1n, n = 3n, l = 3n, out = '';
  while (out.length < count) {
    if (4n * q + r - t < n * t) {
      out += n;
      const nr = 10n * (r - n * t);
      n = ((10n * (3n * q + r)) / t) - 10n * n;
      q *= 10n;
      r = nr;
    } else {
      const nr = (2n * q + r) * l;
      const nn = (q * (7n * k) + 2n + (r * l)) / (t * l);
      q *= k;
      t *= l;
      l += 2n;
      k += 1n;
      n = nn;
      r = nr;
    }
  }
  return out;
}
function mix(rounds) {
  let x = 0x9E3779B97F4A7C15n;
  for (let i = 0; i < rounds; i++) {
    x ^= BigInt.asUintN(64, x << 13n);
    x ^= x >> 7n;
    x ^= BigInt.asUintN(64, x << 17n);
  }
  return x;
}
function run() {
  const p = (1n << 521n) - 1n;
  const sealed = power(0x1234567890ABCDEFn, p - 2n, p);
  const f = fibonacci(2000).toString();
  return sealed.toString(16).slice(0, 24) + '.' + f.slice(-20) + '.' + piDigits(150).slice(-20) + '.' + mix(3000) + '.' + (BigInt(f) % 1000007n);
}
