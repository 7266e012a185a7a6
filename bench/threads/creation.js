// From `new Worker` to its first message, one worker after the other.
const times = [];
function next() {
    const begin = performance.now();
    const worker = startWorker(`send(1);`, () => {
        times.push(performance.now() - begin);
        worker.terminate().then(() => {
            if (times.length < COUNT) return next();
            report({ ms: median(times.slice(5)), least: Math.min(...times), most: Math.max(...times.slice(5)) });
        });
    });
}
next();
