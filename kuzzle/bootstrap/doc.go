// Package bootstrap provides the one-time token by which a server without an
// administrator lets the first one be created from another machine. The store keeps
// the token's hash only.
package bootstrap
