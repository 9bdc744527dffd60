// Package scripts serves the vendor's browser scripts, which pages load from the Frontend API, from
// npm packages that the operator installs. The program has none of them, and fetches none while it
// serves.
//
// The packages are files in a folder of the data directory, on either store: a server needs that
// folder in any case, a file can be sent to a browser without being in memory, and packages that
// anybody can fetch again need no place in backups. So each of several servers needs its own
// installation, as it needs its own binary.
//
//	npm/@clerk/clerk-js@6.40.0/LICENSE
//	npm/@clerk/clerk-js@6.40.0/dist/clerk.browser.js
//	npm/@clerk/clerk-js@6.40.0/dist/clerk.browser.js.gz
//
// [Install] checks a package against the digest that is compiled in, or that the operator gives, before
// it reads anything in it. [Mounts] serves what is installed.
package scripts
