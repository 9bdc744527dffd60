// Package servicekeys is the controller service-keys: the secret keys with which an application's
// servers call the instance.
//
// A key stands for the instance, so only callers who may do everything can use this controller.
package servicekeys
