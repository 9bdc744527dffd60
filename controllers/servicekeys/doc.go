// Package servicekeys is the controller service-keys: the secret keys by which an
// application's servers call the instance.
//
// Whoever uses it has to be allowed everything, since a key stands for the instance.
package servicekeys
