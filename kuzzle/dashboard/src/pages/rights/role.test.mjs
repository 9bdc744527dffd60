// Roles as the page edits them: every small role there is, and every change of one action.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load } from '../../typescript.mjs';

const { allowed, allows, having } = await load('role.ts', import.meta.url);

const controllers = ['*', 'mine', 'other'];
const actions = ['*', 'read', 'write'];

/** All entries over the actions, none among them: undefined. */
const entries = [undefined];
for (const star of [undefined, false, true]) {
  for (const read of [undefined, false, true]) {
    for (const write of [undefined, false, true]) {
      entries.push({ actions: JSON.parse(JSON.stringify({ '*': star, read, write })) });
    }
  }
}

/** Calls each with every role over two of the controllers; the third has no entry. */
function everyRole(each) {
  for (const star of entries) {
    for (const mine of entries) each(JSON.parse(JSON.stringify({ '*': star, mine })));
  }
}

describe('a role', () => {
  it('allows what the entry of the controller says, and else that of all controllers', () => {
    const role = { '*': { actions: { '*': true, write: false } }, mine: { actions: { read: true } } };
    assert.equal(allows(role, 'mine', 'read'), true);
    assert.equal(allows(role, 'mine', 'write'), false, 'the entry of the controller stands instead of that of all');
    assert.equal(allows(role, 'mine', 'any'), false);
    assert.equal(allows(role, 'other', 'any'), true);
    assert.equal(allows(role, 'other', 'write'), false);
    assert.equal(allows({}, 'mine', 'read'), false);
    assert.equal(allowed(role, 'other', ['read', 'write', 'list']), 2);
  });

  it('with a change allows the one action, or all of the controller, or refuses them', () => {
    everyRole((role) => {
      for (const controller of controllers) {
        for (const action of actions) {
          for (const on of [true, false]) {
            const next = having(role, controller, action, on);
            const about = action === '*' ? ['read', 'write', 'any'] : [action];
            for (const one of about) assert.equal(allows(next, controller, one), on, `${JSON.stringify(role)}: ${controller}:${action} ${on}, of ${one}`);
          }
        }
      }
    });
  });

  it('with a change is otherwise as it was, and the one it was is not touched', () => {
    everyRole((role) => {
      const before = JSON.stringify(role);
      for (const controller of controllers) {
        for (const action of actions) {
          for (const on of [true, false]) {
            const next = having(role, controller, action, on);
            for (const of of controllers) {
              for (const one of ['read', 'write', 'any']) {
                const meant = (of === controller || (controller === '*' && !role[of])) && (action === '*' || action === one);
                if (!meant) assert.equal(allows(next, of, one), allows(role, of, one), `${before}: ${controller}:${action} ${on}, of ${of}:${one}`);
              }
            }
          }
        }
      }
      assert.equal(JSON.stringify(role), before);
    });
  });

  it('says no more than is needed', () => {
    assert.deepEqual(having({}, 'mine', 'read', true), { mine: { actions: { read: true } } });
    assert.deepEqual(having({ mine: { actions: { read: true } } }, 'mine', 'read', false), {});
    assert.deepEqual(having({ mine: { actions: { '*': true, read: false } } }, 'mine', 'read', true), { mine: { actions: { '*': true } } });
    assert.deepEqual(having({ '*': { actions: { '*': true } } }, 'mine', '*', false), { '*': { actions: { '*': true } }, mine: { actions: { '*': false } } });
  });
});
