// Package kuid makes and checks the ids of users.
//
// It makes a new id of a form, and checks the ids that clients give. The package
// knows neither users nor storage: the caller that stores an id finds out whether
// it is taken, and then makes another.
package kuid
