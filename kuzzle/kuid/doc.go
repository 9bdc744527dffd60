// Package kuid makes and judges the ids of users.
//
// In comes a form or an id somebody gave, out comes a fresh id or a refusal.
// The package knows neither users nor storage: that an id is not taken yet is for
// whoever stores it to find out, who then asks for another.
package kuid
