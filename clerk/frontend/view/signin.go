package view

import (
	"context"
	"strings"
	"unicode/utf8"

	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/ticket"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// Names of strategies in Clerk's API that have others here.
const (
	Password   = "password"
	BackupCode = "backup_code"
	TOTP       = totp.Name
	Ticket     = ticket.Name
)

// ours maps Clerk's names of strategies to those here; all others are the same.
var ours = map[string]string{Password: local.Name, BackupCode: backupcode.Name}

// Ours returns the name here of a strategy of Clerk's.
func Ours(strategy string) string {
	if own, ok := ours[strategy]; ok {
		return own
	}
	return strategy
}

// Strategy returns Clerk's name of a strategy.
func Strategy(own string) string {
	for theirs, name := range ours {
		if name == own {
			return theirs
		}
	}
	return own
}

// SignIn is a sign-in under way.
type SignIn struct {
	Object                string        `json:"object"`
	ID                    string        `json:"id"`
	Status                string        `json:"status"`
	SupportedIdentifiers  []string      `json:"supported_identifiers"`
	SupportedFirstFactors []Factor      `json:"supported_first_factors"`
	SupportedSecond       []Factor      `json:"supported_second_factors"`
	FirstVerification     *Verification `json:"first_factor_verification"`
	SecondVerification    *Verification `json:"second_factor_verification"`
	Identifier            *string       `json:"identifier"`
	UserData              *UserData     `json:"user_data"`
	CreatedSessionID      *string       `json:"created_session_id"`
	AbandonAt             int64         `json:"abandon_at"`
}

// Factor is a way to prove one of the factors.
type Factor struct {
	Strategy       string `json:"strategy"`
	EmailAddressID string `json:"email_address_id,omitempty"`
	PhoneNumberID  string `json:"phone_number_id,omitempty"`
	SafeIdentifier string `json:"safe_identifier,omitempty"`
	Primary        bool   `json:"primary,omitempty"`
	Default        bool   `json:"default,omitempty"`
}

// Verification is the state of a proof.
type Verification struct {
	Object   string `json:"object"`
	Status   string `json:"status"`
	Strategy string `json:"strategy"`
	Attempts *int   `json:"attempts"`
	ExpireAt *int64 `json:"expire_at"`
}

// UserData is what somebody sees of an account before they have proved anything.
type UserData struct {
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	ImageURL  string  `json:"image_url"`
	HasImage  bool    `json:"has_image"`
}

// signInPrefix begins the ids of sign-ins.
const signInPrefix = "sia_"

// SignInID returns the id of a sign-in for clients.
func SignInID(a *signins.Attempt) string { return signInPrefix + a.ID }

// SignIn returns the resource of a sign-in.
func (m *Maker) SignIn(ctx context.Context, a *signins.Attempt) (*SignIn, error) {
	out := &SignIn{
		Object: "sign_in_attempt", ID: SignInID(a), Status: string(a.Status), Identifier: orNull(a.Identifier),
		SupportedIdentifiers: m.Identifiers(), AbandonAt: a.AbandonAt(),
	}
	u, err := m.Accounts.SignIns.User(ctx, a)
	if err != nil {
		return nil, err
	}
	if u != nil {
		shown := m.Shapes.PublicUser(u)
		out.UserData = &UserData{FirstName: shown.FirstName, LastName: shown.LastName, ImageURL: shown.ImageURL, HasImage: shown.HasImage}
	}
	if a.Status != signins.NeedsIdentifier {
		out.SupportedFirstFactors = []Factor{}
		if u == nil || m.Accounts.SignIns.HasPassword(u) {
			out.SupportedFirstFactors = append(out.SupportedFirstFactors, Factor{Strategy: Password})
		}
		ways, err := m.Accounts.SignIns.Ways(ctx, a)
		if err != nil {
			return nil, err
		}
		for i := range ways {
			out.SupportedFirstFactors = append(out.SupportedFirstFactors, m.way(&ways[i]))
		}
	}
	for i, factor := range a.Factors {
		out.SupportedSecond = append(out.SupportedSecond, Factor{Strategy: Strategy(factor), Default: i == 0})
	}
	switch {
	case a.First != "":
		out.FirstVerification = proved(a.First)
	case a.Newcomer != nil:
		out.FirstVerification = m.waiting(a.Newcomer.Way, a.Newcomer.At+codes.For.Milliseconds(), a.Newcomer.Way == signins.EmailLink)
		if out.FirstVerification.Status == unverified {
			out.FirstVerification.Status = "transferable"
		}
	case a.Sent != nil:
		out.FirstVerification = m.waiting(a.Sent.Name, a.Sent.Until, a.Sent.Link)
	}
	if a.Second != "" {
		out.SecondVerification = proved(a.Second)
	}
	if a.Session != "" {
		id := clerksessions.ID(a.Session)
		out.CreatedSessionID = &id
	}
	return out, nil
}

// way returns the factor of a way by a code. Somebody who only knows a name must not learn the address
// of its user.
func (m *Maker) way(way *signins.Way) Factor {
	out := Factor{Strategy: way.Name, SafeIdentifier: masked(way.To), Primary: way.Primary}
	if way.Kind == users.Email {
		out.EmailAddressID = way.Contact
	} else {
		out.PhoneNumberID = way.Contact
	}
	return out
}

// masked hides the middle of an address.
func masked(address string) string {
	name, domain, is := strings.Cut(address, "@")
	if !is {
		return strings.Repeat("*", max(0, len(address)-4)) + address[max(0, len(address)-4):]
	}
	first, size := utf8.DecodeRuneInString(name)
	if size == len(name) {
		return "*@" + domain
	}
	return string(first) + "***@" + domain
}

// waiting is the state of a proof by a code or a link that was sent.
func (m *Maker) waiting(strategy string, until int64, link bool) *Verification {
	none, status := 0, unverified
	if m.Now().UnixMilli() >= until {
		status = "expired"
	}
	if link {
		return &Verification{Object: LinkObject, Status: status, Strategy: strategy, ExpireAt: &until}
	}
	return &Verification{Object: "verification_otp", Status: status, Strategy: strategy, Attempts: &none, ExpireAt: &until}
}

// unverified is the status of a proof that is not given yet.
const unverified = "unverified"

// LinkObject is the name of the shape of a proof by a link.
const LinkObject = "verification_email_link"

func proved(strategy string) *Verification {
	name := Strategy(strategy)
	return &Verification{Object: "verification_" + name, Status: "verified", Strategy: name}
}

// Identifiers lists the identifiers with which users sign in.
func (m *Maker) Identifiers() []string {
	r, out := m.Users.Rules.Now(), []string{}
	for _, one := range []struct {
		name string
		on   bool
	}{{"email_address", r.Email != "off"}, {"phone_number", r.Phone != "off"}, {"username", r.Username != "off"}} {
		if one.on {
			out = append(out, one.name)
		}
	}
	return out
}
