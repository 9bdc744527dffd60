// Package server is the controller server: the time, the API's description, the server's state and
// its statistics.
//
// It gets everything through the functions of [Deps]; it knows neither the store nor the
// configuration.
package server
