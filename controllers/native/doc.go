// Package native is the catalogue of controllers and actions that roles may name: those of this
// server, and those of Kuzzle that it does not serve. It builds the catalogue, which package
// profiles needs to check roles, from the table of actions.
//
// Roles may name actions on documents and realtime, so that a role written for a whole Kuzzle can
// be imported; calling such an action is a 404.
package native
