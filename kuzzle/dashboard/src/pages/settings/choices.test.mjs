import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { load } from '../../typescript.mjs';

// The settings as the server declares them.
const config = await readFile(new URL('../../../../config/config.go', import.meta.url), 'utf8');

/** The choices of a part of the settings. */
const choicesOf = (part) => {
  const [, fields] = new RegExp(`type ${part} struct \\{\\n([^]*?)\\n\\}`).exec(config);
  return [...fields.matchAll(/ enum:"([^"]+)"/g)].flatMap(([, choices]) => choices.split(','));
};

for (const language of ['en', 'de']) {
  test(`the choices of Clerk's settings have words in ${language}`, async () => {
    const { default: text } = await load(`../../texts/${language}/settings.ts`, import.meta.url);
    const choices = new Set(['Clerk', 'Attributes'].flatMap(choicesOf));
    assert.ok(choices.has('waitlist') && choices.has('required'), [...choices].join());
    assert.deepEqual([...choices].filter((choice) => !text.choices[choice]), []);
    assert.ok(text.hints.clerk);
  });
}
