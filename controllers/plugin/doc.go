// Package plugin turns the actions of strategies into API controllers. They are subject to roles,
// listed by publicApi and OpenAPI, and reached over every transport.
package plugin
