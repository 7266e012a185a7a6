// COUNT workers, each of which has answered one message and waits for the next; what they cost is read from outside.
let ready = 0;
const workers = [];
console.log("BASELINE");
setTimeout(() => {
    for (let i = 0; i < COUNT; i++) {
        const worker = startWorker(`receive(value => send(value + 1));`, value => {
            if (++ready === COUNT) setTimeout(() => console.log("READY"), 300);
        });
        worker.postMessage(i);
        workers.push(worker);
    }
}, 700);
setTimeout(() => {}, 1e6);
