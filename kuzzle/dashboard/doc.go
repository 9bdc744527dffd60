// Package dashboard is the server's pages for administrators, at /dashboard/: users,
// rights, imports and settings, made with the public API only.
//
// The source is Svelte and TypeScript in src/, built by Vite into dist/, which is
// committed so that the server is built without Node:
//
//	npm ci --ignore-scripts  the packages of the lock file, once
//	npm run dev              pages as they are written, over the API of a server that
//	                         runs (KUZZLE_URL, http://127.0.0.1:7512 by default)
//	npm run check            types
//	npm test                 what needs no browser; the rest is in .ci/clients/dashboard
//	npm run build            dist/, which is committed with the source
//	npm run types            src/api/actions.gen.ts, after an action has changed
//
// src/pages has a folder for each page, and index.ts there lists them with their paths:
// a new page is a folder, a line there, its texts, a walk in .ci/clients/dashboard and,
// where it reads answers, their types in a file answers.ts of the folder.
// src/texts has a file for each page and language; src/api sends requests, asks for a
// login or a fresh proof where one is wanted, and then sends them again; src/ui has what
// pages are made of, src/shell what surrounds them. Texts of users are text: nothing is
// ever put into a page as HTML.
//
// Dialogs, fields and choices are the browser's own elements, accessible by themselves.
// Menus, which browsers do not have, are those of bits-ui. Its palette puts a style into
// the page that the Content-Security-Policy refuses, and all of it would take half of the
// 150 KB that the files may have, so that the palette is a field and a list of ours.
package dashboard
