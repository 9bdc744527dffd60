// Package native is the catalogue of controllers and actions that roles may
// name: those that the server has, and those of Kuzzle that it does not serve.
//
// In comes the table of actions, out goes what package profiles asks for when it
// checks a role. A role may speak of documents and realtime, so that one written
// for a whole Kuzzle can be brought here; calling such an action is a 404.
package native
