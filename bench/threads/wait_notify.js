// Two agents hand one word to and fro by Atomics.wait and notify.
const words = new Int32Array(new SharedArrayBuffer(8));
const CHUNK = 200;
const worker = startWorker(`
    const words = workerData;
    send(1);
    for (let i = 1; i <= ${COUNT}; i++) {
        while (Atomics.load(words, 0) !== i) Atomics.wait(words, 0, i - 1);
        Atomics.store(words, 1, i);
        Atomics.notify(words, 1, 1);
    }`, () => {
    const times = [];
    let begin = performance.now();
    for (let i = 1; i <= COUNT; i++) {
        Atomics.store(words, 0, i);
        Atomics.notify(words, 0, 1);
        while (Atomics.load(words, 1) !== i) Atomics.wait(words, 1, i - 1);
        if (i % CHUNK === 0) {
            const now = performance.now();
            times.push((now - begin) / CHUNK * 1000);
            begin = now;
        }
    }
    report({ us: median(times), least: Math.min(...times) });
    worker.terminate();
}, words);
