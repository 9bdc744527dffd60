package rules

import (
	"slices"
	"sync/atomic"
	"time"
)

// Need tells whether users have an attribute: Off, On or Required.
type Need string

// Values of Need. An attribute that is Off cannot be given; one that is Required must
// be.
const (
	Off      Need = "off"
	On       Need = "on"
	Required Need = "required"
)

// Rules are the requirements at one time.
type Rules struct {
	Email, Phone, Username, Wallet, FirstName, LastName, Password, TOTP, BackupCodes Need

	// FirstFactors are the enabled login methods; Any means all.
	FirstFactors []string
	// RefuseLeaked refuses leaked passwords.
	RefuseLeaked bool
	// Consent requires users to accept the terms, and shows when they did.
	Consent bool
	// DeleteSelf and CreateOrganizations are the permissions of users without their own
	// flag.
	DeleteSelf, CreateOrganizations bool
	// NoOrganizations refuses requests about organizations, and NoSlugs refuses given
	// slugs.
	NoOrganizations, NoSlugs bool
	// MaxMemberships, 0 for no limit, and AdminDelete apply to new organizations.
	MaxMemberships int
	AdminDelete    bool
	// HideNameless hides users without an identifier from lists.
	HideNameless bool

	// The rest is for browsers. Origins are those of pages that may call, nil for the default.
	Origins []string
	// Application is the application's name.
	Application string
	// SignInURL and SignUpURL are pages of the application, "" if they are not known.
	SignInURL, SignUpURL string
	// SignUp is who may sign up.
	SignUp Mode
	// HideIdentifiers hides whether an identifier exists.
	HideIdentifiers bool
	// EmailLinks lets browsers prove addresses by links in mails.
	EmailLinks bool
	// MultiSession lets several users be signed in in one browser.
	MultiSession bool
	// SessionLifetime is how long a browser stays signed in; negative for no end.
	SessionLifetime time.Duration
}

// Mode is who may sign up.
type Mode string

// Values of Mode.
const (
	Public     Mode = "public"
	Restricted Mode = "restricted"
	Waitlist   Mode = "waitlist"
)

// Any stands for every login method.
const Any = "*"

// LetsInBy reports whether one of some login methods is enabled.
func (r *Rules) LetsInBy(ways []string) bool {
	return slices.Contains(r.FirstFactors, Any) && len(ways) > 0 ||
		slices.ContainsFunc(ways, func(way string) bool { return slices.Contains(r.FirstFactors, way) })
}

// InForce holds the present rules. It is safe for concurrent use.
type InForce struct{ now atomic.Pointer[Rules] }

// Set replaces the rules.
func (f *InForce) Set(r Rules) { f.now.Store(&r) }

// Now returns the rules, which callers must not change. Set must be called before.
func (f *InForce) Now() *Rules { return f.now.Load() }
