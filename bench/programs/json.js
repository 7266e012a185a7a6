// JSON: parsing and printing of records, with a reviver, a replacer and indentation.
'use strict';
const records = [];
for (let i = 0; i < 300; i++)
  records.push({ id: i, name: 'record number ' + i, tags: ['a' + i % 3, 'b' + i % 5, 'quote " and \\ and \u00e9 \u2028'], score: i / 7, active: i % 2 === 0,
    nested: { depth: 1, list: [1, 2, 3, { x: null, y: -1.5e-7 }], empty: {}, none: [] }, missing: null });
const text = JSON.stringify(records);
function run() {
  const parsed = JSON.parse(text);
  let sum = 0;
  for (const record of parsed) sum += record.score + record.tags.length + record.nested.list[3].y;
  const printed = JSON.stringify(parsed);
  const pretty = JSON.stringify(parsed.slice(0, 60), null, 2);
  const picked = JSON.stringify(parsed, ['id', 'name', 'nested', 'depth']);
  const revived = JSON.parse(picked, function (key, value) { return key === 'name' ? value.length : value; });
  let names = 0;
  for (const record of revived) names += record.name;
  return (printed === text) + ':' + pretty.length + ':' + picked.length + ':' + names + ':' + sum.toFixed(6);
}
