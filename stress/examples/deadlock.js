// Two workers move money between two accounts, each with a lock; they take the locks in opposite order.
//
//     ./dev hunt --script stress/examples/deadlock.js
const memory = new Int32Array(new SharedArrayBuffer(4 * 4)); // two locks, two balances

const source = `
    function lock(memory, index) {
        while (Atomics.compareExchange(memory, index, 0, 1) !== 0) Atomics.wait(memory, index, 1);
    }
    function unlock(memory, index) {
        Atomics.store(memory, index, 0);
        Atomics.notify(memory, index, 1);
    }
    onmessage = event => {
        const { memory, from, to } = event.data;
        lock(memory, from);
        lock(memory, to);
        memory[2 + from] -= 10;
        memory[2 + to] += 10;
        unlock(memory, to);
        unlock(memory, from);
        postMessage('moved');
        close();
    };`;

memory[2] = memory[3] = 100;
let moved = 0;
for (const [from, to] of [[0, 1], [1, 0]]) {
    const worker = new Worker(source, { eval: true });
    worker.onmessage = () => { if (++moved === 2) console.log(`balances ${memory[2]} and ${memory[3]}`); };
    worker.postMessage({ memory, from, to });
}
