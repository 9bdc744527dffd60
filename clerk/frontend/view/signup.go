package view

import (
	"github.com/gokuzzle/kuzzle/clerk/rules"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// SignUp is a sign-up under way.
type SignUp struct {
	Object           string         `json:"object"`
	ID               string         `json:"id"`
	Status           string         `json:"status"`
	RequiredFields   []string       `json:"required_fields"`
	OptionalFields   []string       `json:"optional_fields"`
	MissingFields    []string       `json:"missing_fields"`
	UnverifiedFields []string       `json:"unverified_fields"`
	Verifications    Verifications  `json:"verifications"`
	Username         *string        `json:"username"`
	EmailAddress     *string        `json:"email_address"`
	PhoneNumber      *string        `json:"phone_number"`
	Web3Wallet       *string        `json:"web3_wallet"`
	PasswordEnabled  bool           `json:"password_enabled"`
	HasPassword      bool           `json:"has_password"`
	FirstName        *string        `json:"first_name"`
	LastName         *string        `json:"last_name"`
	UnsafeMetadata   map[string]any `json:"unsafe_metadata"`
	PublicMetadata   map[string]any `json:"public_metadata"`
	CustomAction     bool           `json:"custom_action"`
	ExternalID       *string        `json:"external_id"`
	CreatedSessionID *string        `json:"created_session_id"`
	CreatedUserID    *string        `json:"created_user_id"`
	AbandonAt        int64          `json:"abandon_at"`
	LegalAcceptedAt  *int64         `json:"legal_accepted_at"`
	Locale           *string        `json:"locale"`
}

// Verifications are the proofs of a sign-up.
type Verifications struct {
	EmailAddress    any `json:"email_address"`
	PhoneNumber     any `json:"phone_number"`
	Web3Wallet      any `json:"web3_wallet"`
	ExternalAccount any `json:"external_account"`
}

// sending is a proof that waits for its code to be sent: pages send it by themselves only if it has no
// status.
type sending struct {
	NextAction          string   `json:"next_action"`
	SupportedStrategies []string `json:"supported_strategies"`
}

// sentProof is a proof whose code was sent, or that is done.
type sentProof struct {
	Verification
	sending
}

// signUpPrefix begins the ids of sign-ups.
const signUpPrefix = "sua_"

// SignUpID returns the id of a sign-up for clients.
func SignUpID(a *signups.Attempt) string { return signUpPrefix + a.ID }

// SignUp returns the resource of a sign-up.
func (m *Maker) SignUp(a *signups.Attempt) *SignUp {
	missing, unverified := m.Accounts.SignUps.Left(a)
	out := &SignUp{
		Object: "sign_up_attempt", ID: SignUpID(a), Status: "missing_requirements", MissingFields: list(missing), UnverifiedFields: list(unverified),
		RequiredFields: []string{}, OptionalFields: []string{}, Username: orNull(a.Username), EmailAddress: orNull(a.Email), PhoneNumber: orNull(a.Phone),
		PasswordEnabled: a.Password != nil, HasPassword: a.Password != nil, FirstName: orNull(a.FirstName), LastName: orNull(a.LastName),
		UnsafeMetadata: a.Unsafe, PublicMetadata: map[string]any{}, CreatedUserID: orNull(a.Kuid), AbandonAt: a.AbandonAt(),
		LegalAcceptedAt: orNull(a.LegalAt), Locale: orNull(a.Locale),
		Verifications: Verifications{EmailAddress: m.proof(a, users.Email), PhoneNumber: m.proof(a, users.Phone)},
	}
	if out.UnsafeMetadata == nil {
		out.UnsafeMetadata = map[string]any{}
	}
	r := m.Users.Rules.Now()
	for _, one := range []struct {
		name string
		need rules.Need
	}{
		{"email_address", r.Email}, {"phone_number", r.Phone}, {"username", r.Username}, {"password", r.Password}, {"first_name", r.FirstName}, {"last_name", r.LastName},
	} {
		switch one.need {
		case rules.Required:
			out.RequiredFields = append(out.RequiredFields, one.name)
		case rules.On:
			out.OptionalFields = append(out.OptionalFields, one.name)
		}
	}
	if r.Consent {
		out.RequiredFields = append(out.RequiredFields, "legal_accepted")
	}
	if a.Complete() {
		id := clerksessions.ID(a.Session)
		out.Status, out.CreatedSessionID, out.PasswordEnabled = "complete", &id, m.Users.Rules.Now().Password == rules.Required
		out.HasPassword = out.PasswordEnabled
	}
	return out
}

// proof returns the state of the proof of an address, nil without one.
func (m *Maker) proof(a *signups.Attempt, kind string) any {
	strategy, object := kind+"_code", "verification_otp"
	// Without messages the page asks for one all the same, and shows the refusal.
	next := sending{NextAction: "needs_prepare", SupportedStrategies: []string{}}
	if m.Accounts.Codes.Sends(kind) {
		next.SupportedStrategies = append(next.SupportedStrategies, strategy)
	}
	if kind == users.Email && m.Accounts.Codes.Links() {
		next.SupportedStrategies = append(next.SupportedStrategies, signins.EmailLink)
	}
	link := a.Sent != nil && a.Sent.Link
	if kind == users.Email && (link || a.ByLink) {
		strategy, object = signins.EmailLink, LinkObject
	}
	switch {
	case a.Contact(kind) == "":
		return nil
	case a.Proved[kind]:
		next.NextAction = ""
		return sentProof{Verification{Object: object, Status: "verified", Strategy: strategy}, next}
	case a.Sent != nil && a.Sent.Kind == kind:
		next.NextAction = "needs_attempt"
		return sentProof{*m.waiting(strategy, a.Sent.Until, link), next}
	}
	return next
}

func list(of []string) []string {
	if of == nil {
		return []string{}
	}
	return of
}
