// Package rules defines the requirements of an instance for the users of Clerk's API:
// which attributes they must have or cannot have, and defaults. It knows no setting by
// name; the package that reads the settings sets the rules.
package rules
