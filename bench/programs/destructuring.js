// Destructuring, spread, rest, defaults and template literals, as modern programs use them everywhere.
'use strict';
const initial = { user: { name: 'weaver', roles: ['reader', 'writer'], place: { city: 'Ghent', zip: '9000' } }, items: [], count: 0, theme: 'plain' };
function reduce(state, action) {
  const { type, ...payload } = action;
  switch (type) {
    case 'add': return { ...state, items: [...state.items.slice(-20), payload], count: state.count + 1 };
    case 'rename': return { ...state, user: { ...state.user, name: payload.name } };
    case 'move': { const { user: { place, ...user } } = state; return { ...state, user: { ...user, place: { ...place, city: payload.city } } }; }
    default: return state;
  }
}
function area({ width = 1, height = 2, ...rest }) { return width * height + Object.keys(rest).length; }
function swap([a, b, ...others]) { return [b, a, ...others]; }
function maximum(...numbers) { return Math.max(...numbers); }
function gather(first, second = first * 2, ...rest) { return first + second + rest.length; }
function run() {
  let state = initial, sum = 0;
  for (let i = 0; i < 300; i++) {
    state = reduce(state, { type: 'add', id: i, label: `item ${i}` });
    if (i % 5 === 0) state = reduce(state, { type: 'rename', name: 'weaver' + i });
    if (i % 7 === 0) state = reduce(state, { type: 'move', city: ['Ghent', 'Delft', 'Lyon'][i % 3] });
  }
  for (let i = 0; i < 1500; i++) {
    sum += area({ width: i, depth: 3 }) + area({ height: i });
    const [x, y, z] = swap([i, i + 1, i + 2]);
    sum += x * 2 - y + z;
    sum += maximum(i, 3, ...[x, y, z]) + gather(i) + gather(1, 2, i, x, y);
    let p = i, q = x;
    [p, q] = [q, p];
    const { length } = [p, q, ...'ab'];
    sum += p - q + length;
  }
  const entries = Object.entries(state.user).map(([key, value]) => `${key}=${typeof value}`).join('&');
  return [sum, state.count, state.items.length, state.user.name, state.user.place.city, entries].join(':');
}
