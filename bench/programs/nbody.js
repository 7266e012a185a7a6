// N-body: the planets' motion by a symplectic integrator; doubles in properties of objects.
'use strict';
const PI = 3.141592653589793, SOLAR_MASS = 4 * PI * PI, DAYS = 365.24;
function Body(x, y, z, vx, vy, vz, mass) {
  this.x = x; this.y = y; this.z = z; this.vx = vx * DAYS; this.vy = vy * DAYS; this.vz = vz * DAYS; this.mass = mass * SOLAR_MASS;
}
function system() {
  const bodies = [
    new Body(0, 0, 0, 0, 0, 0, 1),
    new Body(4.84, -1.16, -0.1036, 0.00166, 0.0077, -0.000069, 0.000954),
    new Body(8.34, 4.12, -0.4035, -0.00277, 0.005, 0.000023, 0.000286),
    new Body(12.89, -15.11, -0.2233, 0.00296, 0.00238, -0.0000296, 0.0000437),
    new Body(15.38, -25.92, 0.1793, 0.00268, 0.00163, -0.0000952, 0.0000515),
  ];
  let px = 0, py = 0, pz = 0;
  for (const b of bodies) { px += b.vx * b.mass; py += b.vy * b.mass; pz += b.vz * b.mass; }
  bodies[0].vx = -px / SOLAR_MASS; bodies[0].vy = -py / SOLAR_MASS; bodies[0].vz = -pz / SOLAR_MASS;
  return bodies;
}
function advance(bodies, dt) {
  const count = bodies.length;
  for (let i = 0; i < count; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < count; j++) {
      const b = bodies[j];
      const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
      const squared = dx * dx + dy * dy + dz * dz;
      const pull = dt / (squared * Math.sqrt(squared));
      a.vx -= dx * b.mass * pull; a.vy -= dy * b.mass * pull; a.vz -= dz * b.mass * pull;
      b.vx += dx * a.mass * pull; b.vy += dy * a.mass * pull; b.vz += dz * a.mass * pull;
    }
  }
  for (let i = 0; i < count; i++) {
    const b = bodies[i];
    b.x += dt * b.vx; b.y += dt * b.vy; b.z += dt * b.vz;
  }
}
function energy(bodies) {
  let e = 0;
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    e += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j], dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
      e -= a.mass * b.mass / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}
function run() {
  const bodies = system(), before = energy(bodies);
  for (let i = 0; i < 1200; i++) advance(bodies, 0.01);
  return before.toFixed(9) + ' ' + energy(bodies).toFixed(9);
}
