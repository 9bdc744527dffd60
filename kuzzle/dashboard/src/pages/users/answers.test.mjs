import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from '../../typescript.mjs';

const { nameOf, plain, whom } = await load('answers.ts', import.meta.url);

const user = (_id, name, more = {}) => ({ _id, contacts: [], _source: { name }, ...more });

test('a text that hides something says so', () => {
  for (const [text, shown] of [
    ['root\u200b\u200c', 'root\\u{200b}\\u{200c}'], ['\u202etoor', '\\u{202e}toor'], ['root\u00a0', 'root\\u{a0}'], ['a\u0000b\nc', 'a\\u{0}b\\u{a}c'], ['\u115f', '\\u{115f}'],
    ['Jane Doe', 'Jane Doe'], ['名前', '名前'],
  ]) assert.equal(plain(text), shown);
});

test('a name keeps its joiners, and one that nobody sees is none', () => {
  assert.equal(nameOf(user('u1', '👩\u200d💻 می\u200cخواهم')), '👩\u200d💻 می\u200cخواهم');
  assert.equal(nameOf(user('u1', '\u200b\u200b', { username: 'jane' })), 'jane');
  assert.equal(nameOf(user('u1', 'Bob\u202etoor eteleD')), 'Bob\\u{202e}toor eteleD');
});

test('whom something is done to is named with the id', () => {
  assert.equal(whom(user('u1', 'Root Admin')), 'Root Admin (u1)');
  assert.equal(whom(user('root\u200b', undefined)), 'root\\u{200b}');
});
