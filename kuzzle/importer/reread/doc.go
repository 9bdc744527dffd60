// Package reread reads streams twice that can be read only once, such as standard
// input: what may be needed again is kept in a temporary file, up to a limit.
package reread
