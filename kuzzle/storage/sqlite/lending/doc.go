// Package lending lends a bounded number of resources that are expensive to open and
// serve one user at a time, such as connections.
package lending
