// Package server is the controller server: the time, what the API offers, how
// the server is and what it did.
//
// What it tells comes through the functions of [Deps]; this package knows neither
// the store nor the configuration, only their views.
package server
