// A writer keeps two fields equal, one store after the other; a reader in between sees them torn apart.
//
//     ./dev hunt --script stress/examples/torn_invariant.js
const check = globalThis.assert ?? ((condition, message) => { if (!condition) throw new Error(message); });
const point = new Int32Array(new SharedArrayBuffer(12)); // x, y, started

const writer = new Worker(`
    onmessage = event => {
        const point = event.data;
        Atomics.store(point, 2, 1);
        Atomics.notify(point, 2);
        for (let i = 1; i <= 3; i++) {
            point[0] = i;
            point[1] = i;
        }
        close();
    };`, { eval: true });
writer.postMessage(point);
Atomics.wait(point, 2, 0);
const x = point[0], y = point[1];
check(x === y, `the point is torn: x ${x}, y ${y}`);
