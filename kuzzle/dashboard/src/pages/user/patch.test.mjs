// Patches of a user's objects: what the server merges makes one of the other.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { load } from '../../typescript.mjs';

const { patch } = await load('patch.ts', import.meta.url);

/** What the server does with a patch. */
function merged(into, change) {
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const next = { ...into };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete next[key];
    else next[key] = isObject(value) ? merged(isObject(into[key]) ? into[key] : {}, value) : value;
  }
  return next;
}

it('a patch makes one object of another, and says no more', () => {
  const values = [undefined, 1, 'text', [1, { a: 2 }], {}, { a: 1 }, { a: { b: 1 }, c: [2] }];
  for (const from of values) {
    for (const to of values) {
      const [one, other] = [{ kept: true, x: from }, { kept: true, x: to }].map((object) => JSON.parse(JSON.stringify(object)));
      const change = patch(one, other);
      assert.deepEqual(merged(one, change), other, `${JSON.stringify(one)} to ${JSON.stringify(other)}`);
      assert.equal('kept' in change, false);
      if (from === to) assert.deepEqual(change, {});
    }
  }
});

it('a member may have any name', () => {
  const change = patch({}, JSON.parse('{"__proto__":{"a":1}}'));
  assert.equal(JSON.stringify(change), '{"__proto__":{"a":1}}');
  assert.equal(Object.getPrototypeOf(change), Object.prototype);
});
