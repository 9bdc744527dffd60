// Package outbound makes the HTTP clients by which strategies and webhooks reach external
// servers: they follow no redirects, have limits of time and size, and connect to no
// internal address.
package outbound
