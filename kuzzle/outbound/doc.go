// Package outbound makes the HTTP clients by which strategies and webhooks reach the world
// outside: they follow no redirects, are bounded in time and size, and go to no internal
// address.
package outbound
