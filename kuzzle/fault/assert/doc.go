// Package assert declares the errors about a request's arguments, which every
// room that checks input shares. They are all 400, and all name the argument
// by its path, such as body.content.profileIds.
//
// This room imports fault alone and holds declarations only.
package assert
