// A message to a worker and its answer, the next when the answer is there.
const CHUNK = 200;
let left = COUNT, inChunk = 0, begin = 0;
const times = [];
const worker = startWorker(`receive(value => send(value));`, value => {
    if (++inChunk === CHUNK) {
        const now = performance.now();
        times.push((now - begin) / CHUNK * 1000);
        begin = now;
        inChunk = 0;
    }
    if (--left > 0) return worker.postMessage(left);
    report({ us: median(times), least: Math.min(...times) });
    worker.terminate();
});
begin = performance.now();
worker.postMessage(left);
