// Package reread reads a stream twice, such as standard input: it keeps the beginning in a
// temporary file, up to a limit.
package reread
