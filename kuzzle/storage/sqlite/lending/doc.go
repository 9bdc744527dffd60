// Package lending lends what costs something to open and serves one at a time, such as
// connections, and opens no more than a few of them.
package lending
