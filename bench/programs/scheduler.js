// Object-oriented simulation: processes of several classes pass messages through a priority queue of events.
'use strict';
class Event {
  constructor(time, target, kind, payload) { this.time = time; this.target = target; this.kind = kind; this.payload = payload; this.order = 0; }
}
class EventQueue {
  constructor() { this.heap = []; this.counter = 0; }
  get size() { return this.heap.length; }
  before(a, b) { return a.time < b.time || (a.time === b.time && a.order < b.order); }
  push(event) {
    event.order = this.counter++;
    const heap = this.heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(event, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
  }
  pop() {
    const heap = this.heap, top = heap[0], last = heap.pop();
    const length = heap.length;
    if (length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.before(heap[child + 1], heap[child])) child++;
      if (!this.before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
class Process {
  constructor(world, id) { this.world = world; this.id = id; this.handled = 0; this.busyUntil = 0; }
  receive(event) { this.handled++; this.handle(event); }
  handle(event) { throw new Error('no handler for ' + event.kind); }
  send(target, delay, kind, payload) { this.world.queue.push(new Event(this.world.now + delay, target, kind, payload)); }
}
class Source extends Process {
  constructor(world, id, period) { super(world, id); this.period = period; this.made = 0; }
  handle() {
    this.made++;
    this.send(this.world.router, 1, 'work', { owner: this.id, cost: 1 + (this.made * 7 + this.id) % 5 });
    this.send(this, this.period, 'tick', null);
  }
}
class Router extends Process {
  constructor(world, id) { super(world, id); this.next = 0; }
  handle(event) {
    const workers = this.world.workers;
    let best = workers[this.next++ % workers.length];
    for (let i = 0; i < workers.length; i++) if (workers[i].backlog.length < best.backlog.length) best = workers[i];
    this.send(best, 1, event.kind, event.payload);
  }
}
class Worker_ extends Process {
  constructor(world, id) { super(world, id); this.backlog = []; this.busy = false; this.done = 0; }
  handle(event) {
    switch (event.kind) {
      case 'work': this.backlog.push(event.payload); break;
      case 'finish': this.busy = false; this.done++; this.world.finished[event.payload.owner]++; break;
    }
    if (!this.busy && this.backlog.length > 0) {
      const job = this.backlog.shift();
      this.busy = true;
      this.send(this, job.cost, 'finish', job);
    }
  }
}
class World {
  constructor(sources, workers) {
    this.now = 0;
    this.queue = new EventQueue();
    this.router = new Router(this, 0);
    this.workers = [];
    this.finished = [];
    for (let i = 0; i < workers; i++) this.workers.push(new Worker_(this, 100 + i));
    for (let i = 0; i < sources; i++) {
      this.finished.push(0);
      this.queue.push(new Event(i, new Source(this, i, 3 + i), 'tick', null));
    }
  }
  simulate(until) {
    let steps = 0;
    while (this.queue.size > 0) {
      const event = this.queue.pop();
      if (event.time > until) break;
      this.now = event.time;
      event.target.receive(event);
      steps++;
    }
    return steps;
  }
}
function run() {
  const world = new World(8, 4);
  const steps = world.simulate(4000);
  return steps + ':' + world.finished.join(',') + ':' + world.workers.map(function (w) { return w.done; }).join(',');
}
