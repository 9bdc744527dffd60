// Package assert declares the errors about a request's arguments, which every
// package that checks input shares. They are all 400, and all name the argument
// by its path, such as body.content.profileIds.
//
// This package imports fault alone and holds declarations only.
package assert
