// Package columns names the columns of each source's table, and their meanings.
package columns
