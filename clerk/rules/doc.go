// Package rules is what the settings of an instance ask of the users of Clerk's API:
// which parts they have to have or cannot have, and what holds where a user says
// nothing. It knows no setting by name; whoever reads the settings says what is in force.
package rules
