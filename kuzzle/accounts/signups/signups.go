package signups

import (
	"context"
	"encoding/hex"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// The faults of this package.
var (
	ErrState  = fault.Declare(0x400a00e9, "security.signup.wrong_state", 400, "This sign-up does not wait for that.")
	ErrOver   = fault.Declare(0x400a00ea, "security.signup.over", 400, "This sign-up took too long. Begin again.")
	ErrProved = fault.Declare(0x400a00eb, "security.signup.verified", 400, "This address is verified already.")
)

// Options are the dependencies of SignUps.
type Options struct {
	Sealer *token.Sealer
	Codes  *codes.Codes
	Now    func() time.Time
	// Needs are the instance's requirements, Consent whether users must accept its terms, LetLeaked
	// whether passwords may be leaked ones.
	Needs func() (needs credentials.Needs, consent, letLeaked bool)
	// Profiles are those of new users.
	Profiles []string
}

// SignUps runs sign-ups. It is safe for concurrent use.
type SignUps struct {
	Options
	names       *users.Names
	credentials *credentials.Credentials
	logins      *logins.Logins
	attempts    *attempts.Attempts
}

// New returns SignUps.
func New(opts Options, names *users.Names, cs *credentials.Credentials, ls *logins.Logins, as *attempts.Attempts) *SignUps {
	return &SignUps{opts, names, cs, ls, as}
}

const (
	// keptFor is how long an attempt may take.
	keptFor = 24 * time.Hour
	// passwordPurpose is the purpose with which passwords are sealed.
	passwordPurpose = "accounts.signup.password"
	// CodeMessage is the kind of messages with codes.
	CodeMessage = codes.UnprovedCode
	// LinkMessage is the kind of messages with links.
	LinkMessage = codes.UnprovedLink
	// passwordStrategy stores the passwords of new users.
	passwordStrategy = "local"
)

// Attempt is a sign-up. Times are in epoch milliseconds.
type Attempt struct {
	ID        string `json:"id"`
	CreatedAt int64  `json:"createdAt"`
	// Given are what the person gave.
	Given
	// Password is the password, sealed.
	Password []byte `json:"password,omitempty"`
	// Proved are the kinds of contacts that are verified, Sent the last code's.
	Proved map[string]bool `json:"proved,omitempty"`
	// ByLink is set if a link proved the e-mail address.
	ByLink bool `json:"byLink,omitempty"`
	// Last is the last proof, which a sign-in may take over.
	Last *codes.Proof `json:"last,omitempty"`
	Sent *Sent        `json:"sent,omitempty"`
	// Kuid and Session are set when it is complete.
	Kuid    string `json:"kuid,omitempty"`
	Session string `json:"session,omitempty"`
}

// Sent is a code or a link that was sent to a kind of contact.
type Sent struct {
	Kind  string `json:"kind"`
	Link  bool   `json:"link,omitempty"`
	Until int64  `json:"until"`
}

// Given are what a person may give.
type Given struct {
	Email     string         `json:"email,omitempty"`
	Phone     string         `json:"phone,omitempty"`
	Username  string         `json:"username,omitempty"`
	FirstName string         `json:"firstName,omitempty"`
	LastName  string         `json:"lastName,omitempty"`
	Locale    string         `json:"locale,omitempty"`
	Timezone  string         `json:"timezone,omitempty"`
	Unsafe    map[string]any `json:"unsafe,omitempty"`
	LegalAt   int64          `json:"legalAt,omitempty"`
}

// AbandonAt is the end of an unfinished attempt.
func (a *Attempt) AbandonAt() int64 { return a.CreatedAt + keptFor.Milliseconds() }

// Complete reports whether the user exists.
func (a *Attempt) Complete() bool { return a.Session != "" }

// Contact returns the address of a kind, "" for none.
func (a *Attempt) Contact(kind string) string {
	return map[string]string{users.Email: a.Email, users.Phone: a.Phone}[kind]
}

// Begin returns a new attempt.
func (ss *SignUps) Begin() *Attempt {
	id := uuid.Must(uuid.NewV7())
	return &Attempt{ID: hex.EncodeToString(id[:]), CreatedAt: ss.Now().UnixMilli()}
}

// Change are changed fields; nil leaves one as it is.
type Change struct {
	Email, Phone, Username, FirstName, LastName, Password, Locale, Timezone *string
	Unsafe                                                                  map[string]any
	LegalAccepted                                                           bool
}

// Update changes what somebody gave. An address that changes is unverified. Faults: assert.Forbidden
// for a part that is off, assert.InvalidArgument, those of passwords; unless hidden, strategies.ErrTaken.
func (ss *SignUps) Update(ctx context.Context, by users.Actor, was Attempt, c Change, hidden bool) (*Attempt, error) {
	if err := ss.open(&was); err != nil {
		return nil, err
	}
	a := was
	needs, _, letLeaked := ss.Needs()
	a.Proved = maps.Clone(was.Proved)
	for _, one := range []struct {
		field string
		given *string
		into  *string
		need  credentials.Need
		kind  string
	}{
		{"email_address", c.Email, &a.Email, needs.Email, users.Email}, {"phone_number", c.Phone, &a.Phone, needs.Phone, users.Phone},
		{"username", c.Username, &a.Username, needs.Username, ""}, {"first_name", c.FirstName, &a.FirstName, needs.FirstName, ""},
		{"last_name", c.LastName, &a.LastName, needs.LastName, ""}, {"locale", c.Locale, &a.Locale, "", ""}, {"timezone", c.Timezone, &a.Timezone, "", ""},
	} {
		if one.given == nil {
			continue
		}
		value := *one.given
		if value != "" && one.need == credentials.Off {
			return nil, assert.Unexpected.New(one.field)
		}
		if len(value) > maxText {
			return nil, assert.InvalidArgument.New(one.field, "a shorter text")
		}
		if one.kind != "" && value != "" {
			canonical, wrong := users.CanonicalContact(one.kind, value)
			if wrong != "" {
				return nil, assert.InvalidArgument.New(one.field, wrong)
			}
			value = canonical
		}
		if one.kind != "" && value != *one.into {
			delete(a.Proved, one.kind)
			a.Sent, a.ByLink, a.Last = nil, false, nil
		}
		*one.into = value
	}
	if c.Password != nil && *c.Password != "" {
		if needs.Password == credentials.Off {
			return nil, assert.Unexpected.New("password")
		}
		if err := credentials.CheckPassword(*c.Password, []string{a.Email, a.Username}, letLeaked); err != nil {
			return nil, err
		}
		var err error
		if a.Password, err = ss.Sealer.Seal(passwordPurpose, []byte(*c.Password)); err != nil {
			return nil, err
		}
	}
	if c.Unsafe != nil {
		change := map[string]any{users.UnsafeMetadata: c.Unsafe}
		err := users.CheckMetadata("metadata", change, users.MetadataKinds())
		if err == nil {
			_, err = (*users.Metadata)(nil).Replaced(change) // it has a limit
		}
		if err != nil {
			return nil, err
		}
		a.Unsafe = c.Unsafe
	}
	if c.LegalAccepted && a.LegalAt == 0 {
		a.LegalAt = ss.Now().UnixMilli()
	}
	if err := ss.free(ctx, by, &was, &a, hidden); err != nil {
		return nil, err
	}
	return &a, nil
}

// maxText is the longest text, in bytes.
const maxText = 1024

// free refuses names that somebody has, unless it is hidden. It refuses names that no stranger may
// take in any case.
func (ss *SignUps) free(ctx context.Context, by users.Actor, was, a *Attempt, hidden bool) error {
	var fresh []strategies.Identifier
	var names []string
	for _, one := range []struct{ kind, before, now string }{
		{users.Email, was.Email, a.Email}, {users.Phone, was.Phone, a.Phone}, {users.UsernameField, was.Username, a.Username},
	} {
		if one.now != "" {
			names = append(names, one.now)
		}
		if one.now != "" && one.now != one.before {
			fresh = append(fresh, strategies.Identifier{Kind: one.kind, Value: one.now})
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if may := ss.credentials.MaySignUp; may != nil {
		if err := may(ctx, names); err != nil {
			return err
		}
	}
	if hidden {
		return nil
	}
	return ss.attempts.Asking(ctx, by, func() error {
		for _, id := range fresh {
			u, err := ss.names.HolderOf(ctx, id)
			if err == nil && u != nil {
				err = strategies.ErrTaken.New(id.Kind)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Left lists what is missing, and which addresses are unverified. Names are those of fields.
func (ss *SignUps) Left(a *Attempt) (missing, unverified []string) {
	needs, consent, _ := ss.Needs()
	for _, one := range []struct {
		name string
		need credentials.Need
		has  bool
	}{
		{"email_address", needs.Email, a.Email != ""}, {"phone_number", needs.Phone, a.Phone != ""}, {"username", needs.Username, a.Username != ""},
		{"first_name", needs.FirstName, a.FirstName != ""}, {"last_name", needs.LastName, a.LastName != ""}, {"password", needs.Password, a.Password != nil},
	} {
		if one.need == credentials.Required && !one.has {
			missing = append(missing, one.name)
		}
	}
	if consent && a.LegalAt == 0 {
		missing = append(missing, "legal_accepted")
	}
	if a.Email == "" && a.Phone == "" && a.Username == "" && len(missing) == 0 {
		missing = append(missing, "email_address")
	}
	if a.Email != "" && !a.Proved[users.Email] {
		unverified = append(unverified, "email_address")
	}
	if a.Phone != "" && !a.Proved[users.Phone] {
		unverified = append(unverified, "phone_number")
	}
	return missing, unverified
}

// open refuses an attempt that is over.
func (ss *SignUps) open(a *Attempt) error {
	switch {
	case a.Complete():
		return ErrState.New()
	case ss.Now().UnixMilli() >= a.AbandonAt():
		return ErrOver.New()
	}
	return nil
}

// Finish creates the user of an attempt to which nothing is left, and logs them in. It returns any other
// attempt unchanged. Faults: those of a creation, such as strategies.ErrTaken.
func (ss *SignUps) Finish(ctx context.Context, by users.Actor, a Attempt, expiresIn any) (*Attempt, error) {
	if missing, unverified := ss.Left(&a); len(missing)+len(unverified) > 0 {
		return &a, nil
	}
	var u *users.User
	err := ss.attempts.Asking(ctx, by, func() (err error) {
		u, err = ss.create(ctx, by, &a)
		return err
	})
	if err != nil {
		return nil, err
	}
	session, step, err := ss.logins.LoginBy(ctx, by, logins.Login{Strategy: Name, ExpiresIn: expiresIn}, func(context.Context) (strategies.Outcome, error) {
		return strategies.Outcome{Kuid: u.Kuid, Factor: factorOf(&a)}, nil
	})
	if err == nil && step != nil {
		err = ErrState.New()
	}
	if err != nil {
		return nil, err
	}
	a.Kuid, a.Session, a.Password = u.Kuid, session.ID, nil
	return &a, nil
}

// Name is the name of the proof that begins the session of a new user.
const Name = "sign-up"

// factorOf returns the factor that somebody proved who signed up.
func factorOf(a *Attempt) string {
	switch {
	case a.Proved[users.Email]:
		return "email_code"
	case a.Proved[users.Phone]:
		return "phone_code"
	}
	return "password"
}

func (ss *SignUps) create(ctx context.Context, by users.Actor, a *Attempt) (*users.User, error) {
	now := ss.Now().UnixMilli()
	_, _, letLeaked := ss.Needs()
	nu := credentials.NewUser{
		Form: kuid.Opaque, Visible: true, Configured: true, Newcomer: true,
		Content: map[string]any{"profileIds": users.Anys(ss.Profiles)},
		Details: users.Details{FirstName: a.FirstName, LastName: a.LastName, Locale: a.Locale, Timezone: a.Timezone, LegalAcceptedAt: a.LegalAt},
	}
	for _, kind := range []string{users.Email, users.Phone} {
		if value := a.Contact(kind); value != "" {
			nu.Contacts = append(nu.Contacts, users.Contact{Kind: kind, Value: value, Verification: &users.Verification{Strategy: users.ByCode, At: now}})
		}
	}
	if len(a.Unsafe) > 0 {
		nu.Metadata = map[string]any{users.UnsafeMetadata: a.Unsafe}
	}
	if a.Password == nil {
		nu.Details.Username = a.Username
	} else {
		password, err := ss.Sealer.Open(passwordPurpose, a.Password)
		if err != nil {
			return nil, err
		}
		in := map[string]any{strategies.PasswordField: string(password)}
		if a.Username != "" {
			in[users.UsernameField] = a.Username
		}
		nu.Credentials = map[string]any{passwordStrategy: in}
	}
	by.LetLeaked = letLeaked
	u, err := ss.credentials.Create(ctx, by, nu)
	return &u, err
}
