// structuredClone of one kind of value; node's is the faster of structuredClone and v8's serialize and deserialize.
function nested(depth) {
    return depth === 0 ? { id: 1, name: "leaf", values: [1, 2.5, "three", null, true] }
                       : { left: nested(depth - 1), right: nested(depth - 1), depth, label: "node " + depth };
}
const megabyte = 1 << 20;
const makers = {
    nested: () => nested(11),
    objects: () => Array.from({ length: 100000 }, (_, i) => ({ id: i, name: "item", x: i * 0.5, ok: i % 2 === 0 })),
    map: () => new Map(Array.from({ length: 100000 }, (_, i) => [i, "value " + i])),
    set: () => new Set(Array.from({ length: 100000 }, (_, i) => "value " + i)),
    doubles: () => Array.from({ length: 1000000 }, (_, i) => i + 0.5),
    string: () => "0123456789abcdef".repeat(megabyte / 16),
    buffer: () => new Uint8Array(64 * megabyte).fill(7).buffer,
    transfer: () => new ArrayBuffer(64 * megabyte),
    transfer_small: () => new ArrayBuffer(64),
};
const isTransfer = KIND.startsWith("transfer");
let value = makers[KIND]();
if (KIND === "string") { const o = {}; o[value] = 1; value = Object.keys(o)[0]; } // flat
const ways = [v => structuredClone(v)];
if (isTransfer) ways[0] = v => structuredClone(v, { transfer: [v] });
else if (isNode) {
    const v8 = require("v8");
    ways.push(v => v8.deserialize(v8.serialize(v)));
}
let best = Infinity;
for (const way of ways) {
    const times = [];
    const until = performance.now() + SECONDS * 1000;
    while (performance.now() < until || times.length < 5) {
        let repeat = isTransfer ? 1000 : 1;
        const begin = performance.now();
        for (let i = 0; i < repeat; i++) {
            const copy = way(value);
            if (isTransfer) value = copy;
        }
        times.push((performance.now() - begin) / repeat);
    }
    best = Math.min(best, median(times));
}
report({ ms: best });
