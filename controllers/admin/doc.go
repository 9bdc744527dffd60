// Package admin is the security part of the controller admin: resetting it, loading it from one
// document, and ending all sessions.
package admin
