package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/foresight"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/listing"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Options are the dependencies and settings of the domain. Store, Rights, Sealer, Pool and Sessions
// are required; the zero value of the others is the default. The Options of the parts describe each
// field.
type Options struct {
	Store  storage.Store
	Rights *rights.Store
	Sealer *token.Sealer
	// Sessions signs and verifies session tokens.
	Sessions *token.Sessions
	Pool     *digest.Pool
	// Passwords makes the digests of new passwords; argon2id by default.
	Passwords digest.Maker
	Logins    *throttle.Logins
	// Client is for strategies that call outside systems.
	Client *http.Client
	// Notify stores a strategy's notice, with the part of the recipient's limit that it counts for;
	// nil if the instance sends no messages.
	Notify func(ctx context.Context, strategy string, notice strategies.Notice, part throttle.Part) error
	// Sender sends codes to contacts; nil if the instance sends no messages.
	Sender contacts.Sender
	// Codes sends codes for sign-ins and sign-ups; nil if the instance sends no messages.
	Codes codes.Sender
	// Tickets are the options of package tickets, except Store, Log and Now.
	Tickets tickets.Options
	Log     *slog.Logger
	Now     func() time.Time
	// NewKuid is kuid.New by default. RestrictedProfiles is only profiles.Default by default.
	NewKuid func(kuid.Form) (string, error)
	Events  *events.Bus
	// Outbox passes events to outside programs; nil passes none.
	Outbox Outbox
	Ended  func(kuid, session string)
	Fresh  storage.Freshness

	sessions.Limits
	FactorPolicy               profiles.FactorPolicy
	FactorFresh                time.Duration
	KeepKeysOnRevocation       bool
	KeepTokensOnPasswordChange bool
	RestrictedProfiles         []string
	// ServiceProfiles is as in [users.Options].
	ServiceProfiles []string
	// ServiceKey is as in [users.Options].
	ServiceKey                        func(ctx context.Context, key string) (limited, known bool, err error)
	Uncontained                       bool
	CaseSensitive                     bool
	LookAlikes                        users.LookAlikes
	OwnContent, MaxContent, MaxWrites int
}

// Outbox has the methods that all parts need.
type Outbox interface {
	users.Outbox
	sessions.Outbox
	organizations.Outbox
}

// Accounts holds the parts of the domain. They are safe for concurrent use.
type Accounts struct {
	Registry    *registry.Registry
	Users       *users.Users
	Listing     *listing.Listing
	Foresight   *foresight.Foresight
	Names       *users.Names
	Containment *users.Containment
	Activity    *users.Activity
	Sessions    *sessions.Sessions
	Keys        *sessions.Keys
	Exchange    *sessions.Exchange
	Attempts    *attempts.Attempts
	Admission   *admission.Admission
	Credentials *credentials.Credentials
	Edits       *credentials.Edits
	Contacts    *contacts.Contacts
	Logins      *logins.Logins
	Checks      *logins.Checks
	Imports     *imports.Imports
	Care        *maintenance.Care
	Pictures    *pictures.Pictures
	Logos       *pictures.Pictures

	Organizations *organizations.Organizations
	Tickets       *tickets.Tickets
	Clients       *clients.Clients
	SignIns       *signins.SignIns
	SignUps       *signups.SignUps
	Codes         *codes.Codes
}

// New returns the domain. Add strategies with Use before the first request.
func New(o Options) *Accounts {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewKuid == nil {
		o.NewKuid = kuid.New
	}
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Passwords == nil {
		o.Passwords = digest.Hasher{}
	}
	if o.RestrictedProfiles == nil {
		o.RestrictedProfiles = []string{profiles.Default}
	}
	a := &Accounts{Registry: registry.New(), Attempts: &attempts.Attempts{Pool: o.Pool, Logins: o.Logins}}
	a.Users, a.Names, a.Containment = users.New(users.Options{
		Store: o.Store, Rights: o.Rights, Registry: a.Registry, Log: o.Log, Now: o.Now, Events: o.Events, Outbox: o.Outbox,
		Uncontained: o.Uncontained, RestrictedProfiles: o.RestrictedProfiles, ServiceProfiles: o.ServiceProfiles, ServiceKey: o.ServiceKey,
		CaseSensitive: o.CaseSensitive, LookAlikes: o.LookAlikes,
		OwnContent: o.OwnContent, MaxContent: o.MaxContent, MaxWrites: o.MaxWrites, Fresh: o.Fresh,
	})
	a.Activity = users.NewActivity(a.Users)
	a.Listing, a.Foresight = listing.New(a.Users, a.Registry), foresight.New(a.Users)
	a.Sessions, a.Keys = sessions.New(sessions.Options{
		Store: o.Store, Rights: o.Rights, Registry: a.Registry, Log: o.Log, Now: o.Now,
		Sessions: o.Sessions, Outbox: o.Outbox, Ended: o.Ended, Active: a.Activity.Note,
		Limits: o.Limits, KeepKeysOnRevocation: o.KeepKeysOnRevocation, Fresh: o.Fresh,
		FactorPolicy: o.FactorPolicy,
	}, a.Users, a.Containment)
	a.Exchange = sessions.NewExchange(a.Sessions)
	a.Admission = admission.New(o.Store, o.Now)
	a.Credentials = credentials.New(credentials.Options{
		Store: o.Store, Rights: o.Rights, Registry: a.Registry, Now: o.Now, NewKuid: o.NewKuid,
		RestrictedProfiles: o.RestrictedProfiles, KeepTokensOnPasswordChange: o.KeepTokensOnPasswordChange,
		FactorFresh: o.FactorFresh, Sealer: o.Sealer, MaySignUp: a.Admission.Check, MayTake: a.Admission.CheckMore,
	}, a.Users, a.Names, a.Containment, a.Sessions, a.Attempts)
	a.Codes = codes.New(codes.Options{Store: o.Store, Sealer: o.Sealer, Sender: o.Codes, Now: o.Now})
	a.Contacts = contacts.New(contacts.Options{
		Store: o.Store, Sealer: o.Sealer, Now: o.Now, Sender: o.Sender, Codes: a.Codes,
	}, a.Users, a.Names, a.Credentials, a.Attempts)
	a.Organizations = organizations.New(o.Store, a.Users, o.Outbox)
	o.Tickets.Store, o.Tickets.Log, o.Tickets.Now = o.Store, o.Log, o.Now
	a.Tickets = tickets.New(o.Tickets, a.Users, a.Names, a.Containment, a.Credentials, a.Organizations)
	a.Logins = logins.New(logins.Options{
		Store: o.Store, Rights: o.Rights, Registry: a.Registry, Sealer: o.Sealer, Log: o.Log, Now: o.Now,
		Passwords: digest.Equip(o.Pool, o.Passwords), Client: o.Client, Notify: o.Notify, Tickets: a.Tickets,
	}, a.Users, a.Names, a.Containment, a.Sessions, a.Attempts, a.Credentials)
	a.Edits, a.Checks = credentials.NewEdits(a.Credentials), logins.NewChecks(a.Logins)
	a.Clients = clients.New(clients.Options{Store: o.Store, Sealer: o.Sealer, Now: o.Now}, a.Sessions)
	needs := func() (credentials.Needs, bool, bool) {
		if o.Tickets.Needs == nil {
			return credentials.Needs{Password: credentials.Required}, false, false
		}
		of := o.Tickets.Needs()
		return of.Needs, of.Consent, of.LetLeaked
	}
	a.SignIns = signins.New(signins.Options{
		Registry: a.Registry, Sealer: o.Sealer, Now: o.Now, Codes: a.Codes,
		CheckPassword: func(password string, names []string) error {
			_, _, letLeaked := needs()
			return credentials.CheckPassword(password, names, letLeaked)
		},
	}, a.Users, a.Names, a.Logins, a.Attempts)
	a.SignUps = signups.New(signups.Options{
		Sealer: o.Sealer, Codes: a.Codes, Now: o.Now, Needs: needs, Profiles: o.Tickets.Profiles,
	}, a.Names, a.Credentials, a.Logins, a.Attempts)
	a.Imports = imports.New(imports.Options{
		Store: o.Store, Rights: o.Rights, Registry: a.Registry, Sealer: o.Sealer, Now: o.Now,
		NewKuid: o.NewKuid, RestrictedProfiles: o.RestrictedProfiles,
	}, a.Users, a.Names, a.Containment, a.Sessions, a.Keys, a.Credentials, a.Organizations)
	a.Pictures, a.Logos = pictures.New(o.Store, a.Users, a.Containment, a.Organizations)
	a.Care = maintenance.New(maintenance.Options{Store: o.Store, Rights: o.Rights, Registry: a.Registry, Log: o.Log}, a.Users)
	return a
}

// Use adds a strategy, built from its configuration.
func (a *Accounts) Use(name string, build strategies.New, cfg json.RawMessage) error {
	strategy, err := build(cfg, a.Logins.Host(name))
	if err != nil {
		return err
	}
	return a.Registry.Add(name, strategy)
}

// Close waits until the messages under way are sent, and closes the strategies that implement
// strategies.Closer.
func (a *Accounts) Close(ctx context.Context) error {
	failed := []error{a.Logins.Close(ctx)}
	for _, name := range a.Registry.Strategies() {
		if closer, ok := a.Registry.Strategy(name).(strategies.Closer); ok {
			failed = append(failed, closer.Close(ctx))
		}
	}
	return errors.Join(failed...)
}

// Forget drops the cached entries of a document that another process writes.
func (a *Accounts) Forget(of storage.Subject) {
	everything := of == storage.Everything
	if everything || of.Of == storage.Users {
		a.Users.Forget(of.ID)
	}
	if everything || of.Of == storage.Sessions {
		a.Sessions.Forget(of.ID)
	}
	if everything || of.Of == storage.APIKeys {
		a.Keys.Forget(of.ID)
	}
	if everything || of.Of == storage.Settings {
		a.Users.ForgetAdmin()
		a.Sessions.ForgetTokens()
	}
}
