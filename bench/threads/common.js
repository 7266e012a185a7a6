// What heddle and node both need for the programs of this folder: a worker from source text, and printing of figures.
// In the text `send(value)` posts to the parent and `receive(function)` takes what the parent posts.
const isNode = typeof process === "object" && !!process.versions && !!process.versions.node;
const nodeWorker = isNode ? require("worker_threads").Worker : null;
const inside = isNode
    ? `const { parentPort, workerData } = require("worker_threads");
       const send = (value, list) => parentPort.postMessage(value, list);
       const receive = f => parentPort.on("message", f);`
    : `const send = (value, list) => postMessage(value, list);
       const receive = f => { onmessage = event => f(event.data); };`;

function startWorker(text, onMessage, workerData) {
    const source = inside + text;
    if (isNode) {
        const worker = new nodeWorker(source, { eval: true, workerData });
        worker.on("message", onMessage);
        return worker;
    }
    const worker = new Worker(source, { eval: true, workerData });
    worker.onmessage = event => onMessage(event.data);
    return worker;
}

function median(values) {
    const sorted = values.slice().sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
}

function report(figures) {
    console.log("FIGURES " + JSON.stringify(figures));
}
