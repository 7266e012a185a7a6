// Fluid flow: the Navier-Stokes equations on a grid of doubles in plain arrays (diffusion, advection, projection).
'use strict';
const N = 30, ROW = N + 2, CELLS = ROW * ROW;
function field() { const f = new Array(CELLS); for (let i = 0; i < CELLS; i++) f[i] = 0; return f; }
function border(kind, x) {
  for (let i = 1; i <= N; i++) {
    x[i] = kind === 2 ? -x[i + ROW] : x[i + ROW];
    x[i + (N + 1) * ROW] = kind === 2 ? -x[i + N * ROW] : x[i + N * ROW];
    x[i * ROW] = kind === 1 ? -x[1 + i * ROW] : x[1 + i * ROW];
    x[N + 1 + i * ROW] = kind === 1 ? -x[N + i * ROW] : x[N + i * ROW];
  }
  x[0] = 0.5 * (x[1] + x[ROW]);
  x[(N + 1) * ROW] = 0.5 * (x[1 + (N + 1) * ROW] + x[N * ROW]);
  x[N + 1] = 0.5 * (x[N] + x[N + 1 + ROW]);
  x[N + 1 + (N + 1) * ROW] = 0.5 * (x[N + (N + 1) * ROW] + x[N + 1 + N * ROW]);
}
function solve(kind, x, before, a, c) {
  const inverse = 1 / c;
  for (let pass = 0; pass < 8; pass++) {
    for (let j = 1; j <= N; j++) {
      let at = j * ROW + 1, last = x[at - 1];
      for (let i = 1; i <= N; i++, at++)
        last = x[at] = (before[at] + a * (last + x[at + 1] + x[at - ROW] + x[at + ROW])) * inverse;
    }
    border(kind, x);
  }
}
function diffuse(kind, x, before, rate, dt) {
  const a = dt * rate * N * N;
  solve(kind, x, before, a, 1 + 4 * a);
}
function advect(kind, d, before, u, v, dt) {
  const step = dt * N;
  for (let j = 1; j <= N; j++)
    for (let i = 1; i <= N; i++) {
      const at = j * ROW + i;
      let x = i - step * u[at], y = j - step * v[at];
      if (x < 0.5) x = 0.5; else if (x > N + 0.5) x = N + 0.5;
      if (y < 0.5) y = 0.5; else if (y > N + 0.5) y = N + 0.5;
      const i0 = x | 0, j0 = y | 0, s = x - i0, t = y - j0, corner = j0 * ROW + i0;
      d[at] = (1 - s) * ((1 - t) * before[corner] + t * before[corner + ROW]) + s * ((1 - t) * before[corner + 1] + t * before[corner + ROW + 1]);
    }
  border(kind, d);
}
function project(u, v, p, divergence) {
  const h = -0.5 / N;
  for (let j = 1; j <= N; j++)
    for (let i = 1; i <= N; i++) {
      const at = j * ROW + i;
      divergence[at] = h * (u[at + 1] - u[at - 1] + v[at + ROW] - v[at - ROW]);
      p[at] = 0;
    }
  border(0, divergence);
  border(0, p);
  solve(0, p, divergence, 1, 4);
  for (let j = 1; j <= N; j++)
    for (let i = 1; i <= N; i++) {
      const at = j * ROW + i;
      u[at] -= 0.5 * N * (p[at + 1] - p[at - 1]);
      v[at] -= 0.5 * N * (p[at + ROW] - p[at - ROW]);
    }
  border(1, u);
  border(2, v);
}
function run() {
  let u = field(), v = field(), u0 = field(), v0 = field(), d = field(), d0 = field();
  const dt = 0.1;
  for (let step = 0; step < 4; step++) {
    for (let i = 0; i < CELLS; i++) { u0[i] = 0; v0[i] = 0; d0[i] = 0; }
    const centre = (N / 2) * ROW + N / 2;
    u0[centre] = 5 + step; v0[centre + 3] = -4; d0[centre] = 100;
    for (let i = 0; i < CELLS; i++) { u[i] += dt * u0[i]; v[i] += dt * v0[i]; d[i] += dt * d0[i]; }
    diffuse(1, u0, u, 0.0001, dt);
    diffuse(2, v0, v, 0.0001, dt);
    project(u0, v0, u, v);
    advect(1, u, u0, u0, v0, dt);
    advect(2, v, v0, u0, v0, dt);
    project(u, v, u0, v0);
    diffuse(0, d0, d, 0.0001, dt);
    advect(0, d, d0, u, v, dt);
  }
  let sum = 0;
  for (let i = 0; i < CELLS; i++) sum += d[i] * (i % 7) + u[i];
  return sum.toFixed(8);
}
