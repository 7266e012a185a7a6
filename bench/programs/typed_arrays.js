// Typed arrays: a Mandelbrot image, a fast Fourier transform, SHA-256 and a DataView, over buffers private and shared.
'use strict';
function mandelbrot(size) {
  const image = new Uint8Array(size * size);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const cr = 3 * x / size - 2.2, ci = 2.4 * y / size - 1.2;
      let zr = 0, zi = 0, n = 0;
      while (n < 40 && zr * zr + zi * zi < 4) { const t = zr * zr - zi * zi + cr; zi = 2 * zr * zi + ci; zr = t; n++; }
      image[y * size + x] = n;
    }
  return image;
}
function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) { let t = re[i]; re[i] = re[j]; re[j] = t; t = im[i]; im[i] = im[j]; im[j] = t; }
  }
  for (let length = 2; length <= n; length <<= 1) {
    const angle = -2 * Math.PI / length, half = length >> 1;
    for (let k = 0; k < half; k++) {
      const wr = Math.cos(angle * k), wi = Math.sin(angle * k);
      for (let i = k; i < n; i += length) {
        const j = i + half, xr = re[j] * wr - im[j] * wi, xi = re[j] * wi + im[j] * wr;
        re[j] = re[i] - xr; im[j] = im[i] - xi;
        re[i] += xr; im[i] += xi;
      }
    }
  }
}
const K = new Uint32Array(64);
(function () {
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (prime) { const root = Math.cbrt(n); K[found++] = Math.floor((root - Math.floor(root)) * 4294967296); }
  }
})();
function sha256(bytes) {
  const length = bytes.length, blocks = ((length + 8) >> 6) + 1;
  const padded = new Uint8Array(blocks * 64);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(blocks * 64 - 4, length * 8);
  const h = Uint32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
  const w = new Int32Array(64);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(block * 64 + i * 4);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3), s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let a = h[0] | 0, b = h[1] | 0, c = h[2] | 0, d = h[3] | 0, e = h[4] | 0, f = h[5] | 0, g = h[6] | 0, q = h[7] | 0;
    for (let i = 0; i < 64; i++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const t1 = (q + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      q = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += q;
  }
  return Array.from(h, x => x.toString(16).padStart(8, '0')).join('');
}
function sharedSum() {
  const shared = typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(4096) : new ArrayBuffer(4096);
  const cells = new Int32Array(shared);
  let sum = 0;
  for (let round = 0; round < 4; round++) for (let i = 0; i < cells.length; i++) { cells[i] += i ^ round; sum = (sum + cells[i]) | 0; }
  return sum;
}
function run() {
  const image = mandelbrot(32);
  let lit = 0;
  for (let i = 0; i < image.length; i++) lit += image[i];
  const re = new Float64Array(512), im = new Float64Array(512);
  for (let i = 0; i < 512; i++) re[i] = Math.sin(i / 5) + (i % 7);
  fft(re, im);
  let power = 0;
  for (let i = 0; i < 512; i++) power += re[i] * re[i] + im[i] * im[i];
  return lit + ':' + power.toFixed(3) + ':' + sha256(image).slice(0, 16) + ':' + sharedSum();
}
