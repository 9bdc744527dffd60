// Package assembly assembles Clerk's Frontend API from its parts.
package assembly
