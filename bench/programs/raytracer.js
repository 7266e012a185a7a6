// Ray tracer: vectors as immutable objects, spheres and a plane, shadows and reflections.
'use strict';
class Vector {
  constructor(x, y, z) { this.x = x; this.y = y; this.z = z; }
  add(v) { return new Vector(this.x + v.x, this.y + v.y, this.z + v.z); }
  sub(v) { return new Vector(this.x - v.x, this.y - v.y, this.z - v.z); }
  scale(k) { return new Vector(this.x * k, this.y * k, this.z * k); }
  mul(v) { return new Vector(this.x * v.x, this.y * v.y, this.z * v.z); }
  dot(v) { return this.x * v.x + this.y * v.y + this.z * v.z; }
  norm() { return this.scale(1 / Math.sqrt(this.dot(this))); }
}
class Ray {
  constructor(from, direction) { this.from = from; this.direction = direction; }
  at(t) { return this.from.add(this.direction.scale(t)); }
}
class Sphere {
  constructor(centre, radius, colour, mirror) { this.centre = centre; this.radius = radius; this.colour = colour; this.mirror = mirror; }
  hit(ray) {
    const to = ray.from.sub(this.centre);
    const b = to.dot(ray.direction);
    const c = to.dot(to) - this.radius * this.radius;
    const d = b * b - c;
    if (d < 0) return -1;
    const root = Math.sqrt(d);
    const near = -b - root;
    if (near > 1e-4) return near;
    const far = -b + root;
    return far > 1e-4 ? far : -1;
  }
  normal(point) { return point.sub(this.centre).norm(); }
  colourAt() { return this.colour; }
}
class Plane {
  constructor(y, light, dark) { this.y = y; this.light = light; this.dark = dark; this.mirror = 0.2; }
  hit(ray) {
    if (Math.abs(ray.direction.y) < 1e-6) return -1;
    const t = (this.y - ray.from.y) / ray.direction.y;
    return t > 1e-4 ? t : -1;
  }
  normal() { return new Vector(0, 1, 0); }
  colourAt(point) { return (Math.floor(point.x) + Math.floor(point.z)) & 1 ? this.light : this.dark; }
}
class Scene {
  constructor() {
    this.shapes = [new Plane(-1, new Vector(0.9, 0.9, 0.9), new Vector(0.1, 0.1, 0.1))];
    for (let i = 0; i < 5; i++)
      this.shapes.push(new Sphere(new Vector(i - 2, Math.sin(i) * 0.5, 4 + (i & 1)), 0.6, new Vector(0.3 + i * 0.1, 0.9 - i * 0.15, 0.5), 0.3));
    this.light = new Vector(5, 8, -3);
    this.sky = new Vector(0.4, 0.6, 0.9);
  }
  nearest(ray) {
    let best = null, distance = Infinity;
    for (let i = 0; i < this.shapes.length; i++) {
      const t = this.shapes[i].hit(ray);
      if (t > 0 && t < distance) { distance = t; best = this.shapes[i]; }
    }
    return best === null ? null : { shape: best, distance: distance };
  }
  trace(ray, depth) {
    const hit = this.nearest(ray);
    if (hit === null) return this.sky;
    const point = ray.at(hit.distance);
    const normal = hit.shape.normal(point);
    const toLight = this.light.sub(point).norm();
    const shadow = this.nearest(new Ray(point, toLight)) !== null;
    const brightness = 0.15 + (shadow ? 0 : Math.max(0, normal.dot(toLight)) * 0.85);
    let colour = hit.shape.colourAt(point).scale(brightness);
    if (depth > 0 && hit.shape.mirror > 0) {
      const direction = ray.direction.sub(normal.scale(2 * normal.dot(ray.direction)));
      const reflected = this.trace(new Ray(point, direction.norm()), depth - 1);
      colour = colour.scale(1 - hit.shape.mirror).add(reflected.scale(hit.shape.mirror));
    }
    return colour;
  }
}
function run() {
  const scene = new Scene(), size = 40, eye = new Vector(0, 0.5, -2);
  let digest = 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const direction = new Vector((x - size / 2) / size, (size / 2 - y) / size, 1).norm();
      const colour = scene.trace(new Ray(eye, direction), 2);
      digest = (digest * 17 + Math.floor(colour.x * 255) * 3 + Math.floor(colour.y * 255) * 5 + Math.floor(colour.z * 255)) | 0;
    }
  return String(digest);
}
