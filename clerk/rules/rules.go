package rules

import (
	"slices"
	"sync/atomic"
)

// Need says whether users have a part: Off, On or Required.
type Need string

// The needs. What is Off cannot be given; what is Required has to be.
const (
	Off      Need = "off"
	On       Need = "on"
	Required Need = "required"
)

// Rules are what is asked for at one moment.
type Rules struct {
	Email, Phone, Username, Wallet, FirstName, LastName, Password, TOTP, BackupCodes Need

	// FirstFactors are the ways to log in that are on; Any is all there are.
	FirstFactors []string
	// RefuseLeaked passwords.
	RefuseLeaked bool
	// Consent has users accept the terms, and shows when they did.
	Consent bool
	// DeleteSelf and CreateOrganizations are what users may who have no such flag.
	DeleteSelf, CreateOrganizations bool
	// NoOrganizations refuses requests about them, and NoSlugs slugs that are given.
	NoOrganizations, NoSlugs bool
	// MaxMemberships, 0 for any number, and AdminDelete are those of new organizations.
	MaxMemberships int
	AdminDelete    bool
	// HideNameless leaves users out of lists who have no identifier.
	HideNameless bool
}

// Any stands for every way to log in.
const Any = "*"

// LetsInBy reports whether one of some ways to log in is on.
func (r *Rules) LetsInBy(ways []string) bool {
	return slices.Contains(r.FirstFactors, Any) && len(ways) > 0 ||
		slices.ContainsFunc(ways, func(way string) bool { return slices.Contains(r.FirstFactors, way) })
}

// InForce are the rules that hold now. It is safe for concurrent use.
type InForce struct{ now atomic.Pointer[Rules] }

// Set puts rules in force.
func (f *InForce) Set(r Rules) { f.now.Store(&r) }

// Now returns the rules, which are not to be changed. They have to be set before.
func (f *InForce) Now() *Rules { return f.now.Load() }
