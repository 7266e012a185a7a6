// Two workers count what they have done, without Atomics.add: an update can be lost between the load and the store.
//
//     ./dev hunt --script stress/examples/lost_update.js
const check = globalThis.assert ?? ((condition, message) => { if (!condition) throw new Error(message); });
const kWorkers = 2, kRounds = 2;
const counter = new Int32Array(new SharedArrayBuffer(8));
const [total, done] = [0, 1];

const source = `
    onmessage = event => {
        const { counter, rounds } = event.data;
        for (let i = 0; i < rounds; i++) {
            const before = Atomics.load(counter, 0);
            Atomics.store(counter, 0, before + 1);
        }
        Atomics.add(counter, 1, 1);
        Atomics.notify(counter, 1);
        close();
    };`;
for (let i = 0; i < kWorkers; i++) new Worker(source, { eval: true }).postMessage({ counter, rounds: kRounds });
for (let seen; (seen = Atomics.load(counter, done)) < kWorkers;) Atomics.wait(counter, done, seen);
check(counter[total] === kWorkers * kRounds, `an update was lost: ${counter[total]} of ${kWorkers * kRounds}`);
console.log(`counted to ${counter[total]}`);
