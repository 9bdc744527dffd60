// Lets tests run by Node import modules that are written in TypeScript and import nothing.
import { readFile } from 'node:fs/promises';
import ts from 'typescript';

/** Gives what a module exports; types are left out, and not checked. */
export async function load(file, from) {
  const { outputText } = ts.transpileModule(await readFile(new URL(file, from), 'utf8'), { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}
