// Package admin is the part of the controller admin that concerns security:
// resetting it, loading it from one document, and dropping sessions.
package admin
