// Package plugin turns the actions that strategies bring along into controllers
// of the API: subject to roles, listed by publicApi and OpenAPI, reached over
// every transport.
package plugin
