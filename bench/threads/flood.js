// COUNT small messages as fast as they can be posted; the clock stops when the worker has seen the last.
let begin = 0;
const worker = startWorker(`
    let seen = 0;
    receive(value => { if (value === 0) send(0); else if (++seen === ${COUNT}) send(seen); });`,
    value => {
        if (value === 0) {
            begin = performance.now();
            for (let i = 1; i <= COUNT; i++) worker.postMessage({ n: i, text: "flood" });
            return;
        }
        const ms = performance.now() - begin;
        report({ per_second: COUNT / ms * 1000 });
        worker.terminate();
    });
worker.postMessage(0);
