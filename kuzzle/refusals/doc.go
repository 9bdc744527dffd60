// Package refusals publishes an event of the domain for requests that were refused for lack of
// rights, for listeners such as the audit log. It listens to the dispatcher, and publishes at most
// one event per second for each caller and action.
package refusals
