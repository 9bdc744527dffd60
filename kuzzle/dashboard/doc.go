// Package dashboard is the server's web pages for administrators, at /dashboard/: users,
// rights, imports and settings. They use the public API only.
//
// The source is Svelte and TypeScript in src/, built by Vite into dist/, which is
// committed so that the server can be built without Node:
//
//	npm ci --ignore-scripts  the packages of the lock file, once
//	npm run dev              pages as they are written, over the API of a server that
//	                         runs (KUZZLE_URL, http://127.0.0.1:7512 by default)
//	npm run check            types
//	npm test                 what needs no browser; the rest is in .ci/clients/dashboard
//	npm run build            dist/, which is committed with the source
//	npm run types            src/api/actions.gen.ts, after an action has changed
//
// src/pages has a folder for each page, and index.ts there lists them with their paths. A
// new page needs a folder, a line there, its texts, a walk in .ci/clients/dashboard and,
// if it reads answers, their types in a file answers.ts of the folder. src/texts has a
// file for each page and language. src/api sends requests, asks for a login or a new
// proof if one is required, and then repeats them. src/ui has components of pages,
// src/shell the frame around pages. Texts of users are text: pages never insert them as
// HTML.
//
// Dialogs, fields and choices are the browser's own elements, which are accessible.
// Browsers have no menus; those of bits-ui are used. Its palette inserts a style that the
// Content-Security-Policy refuses, and would take half of the 150 KB that the files may
// have. So the palette is our own field and list.
package dashboard
