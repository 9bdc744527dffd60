package totp

import (
	"context"
	"net/url"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/enrolment"
)

// enrolments stores the secrets until users prove to have them.
func (s *Strategy) enrolments() enrolment.Enrolments {
	return enrolment.Enrolments{Host: s.host, Holds: "key", Unknown: ErrEnrolment}
}

// Actions implements strategies.Actions.
func (s *Strategy) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: Name, Name: "enrol", Routes: []string{"POST /_me/totp/_enrol"}, Authenticated: true,
		Summary: "Makes a secret for the caller's authenticator app; credentials are created with its first code.",
		Answers: []any{Enrolment{}}, Run: s.enrol,
	}}
}

// Enrolment is the result of enrol. The secret becomes valid when credentials of the strategy are
// created with Enrolment and the app's first code.
type Enrolment struct {
	Enrolment string `json:"enrolment"`
	// ExpiresAt is in epoch milliseconds.
	ExpiresAt int64 `json:"expiresAt"`
	// Secret is for typing into an app. URI is for apps that scan a QR code.
	Secret string `json:"secret"`
	URI    string `json:"uri"`
	QR     QR     `json:"qr"`
}

func (s *Strategy) enrol(ctx context.Context, call strategies.Call) (any, error) {
	who, err := s.host.Subject(ctx, call.Kuid, strategies.Actor{Kuid: call.Kuid, Self: true}, strategies.Create)
	if err != nil {
		return nil, err
	}
	if len(who.Records) > 0 {
		return nil, strategies.ErrExists.New(Name)
	}
	key := newKey()
	token, expiresAt, err := s.enrolments().Begin(ctx, who.Kuid, key)
	if err != nil {
		return nil, err
	}
	uri := s.uri(account(who), key)
	code, err := newQR(uri)
	return Enrolment{
		Enrolment: token, ExpiresAt: expiresAt,
		Secret: encoding.EncodeToString(key), URI: uri, QR: code,
	}, err
}

// account returns the name under which an app shows the user.
func account(who strategies.Subject) string {
	if len(who.Identifiers) > 0 {
		return who.Identifiers[0].Value
	}
	return who.Kuid
}

// uri returns the URI in which apps expect a secret.
func (s *Strategy) uri(account string, key []byte) string {
	issuer := url.PathEscape(s.options.Issuer)
	return "otpauth://totp/" + issuer + ":" + url.PathEscape(account) +
		"?secret=" + encoding.EncodeToString(key) + "&issuer=" + issuer + "&algorithm=SHA1&digits=6&period=30"
}

// Check implements strategies.Strategy. Users create credentials with an enrolment and a code;
// importers with a secret.
func (s *Strategy) Check(ctx context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	switch {
	case who.Reason == strategies.Import:
		return s.checkImport(in)
	case who.Reason == strategies.Update && len(who.Records) == 0:
		return nil, strategies.ErrMissing.New(Name)
	case who.Reason == strategies.Update:
		return nil, ErrUnchangeable.New()
	case !who.By.Self || who.Kuid == "":
		return nil, ErrSelfOnly.New()
	case len(who.Records) > 0 && who.Reason != strategies.Validate:
		return nil, strategies.ErrExists.New(Name)
	}
	token, code, err := enrolment.Input(in)
	if err != nil {
		return nil, err
	}
	if !isCode(code) {
		return nil, ErrWrongCode.New()
	}
	key, err := s.enrolments().Secret(ctx, who.Kuid, token)
	if err != nil {
		return nil, err
	}
	step, right := match(key, code, s.host.Now(), 0)
	if !right {
		return nil, ErrWrongCode.New()
	}
	return &draft{strategy: s, token: token, kept: secret{Key: key, Step: step}}, nil
}

func (s *Strategy) checkImport(in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only(Secret); err != nil {
		return nil, err
	}
	text, given, err := in.Text(Secret, enrolment.MaxField)
	if err == nil && !given {
		err = assert.Missing.New(Secret)
	}
	if err != nil {
		return nil, err
	}
	key, err := parseKey(text)
	return &draft{strategy: s, kept: secret{Key: key}}, err
}

// draft holds an imported secret, or one that the user proved to have; token is the enrolment to
// use up.
type draft struct {
	strategy *Strategy
	token    string
	kept     secret
}

// Identifiers implements strategies.Draft. Secrets identify no user.
func (*draft) Identifiers() []strategies.Identifier { return nil }

// Seal implements strategies.Draft.
func (d *draft) Seal(ctx context.Context) (strategies.Record, error) {
	if d.token != "" {
		if err := d.strategy.enrolments().UseUp(ctx, d.token); err != nil {
			return strategies.Record{}, err
		}
	}
	return d.strategy.seal(d.kept)
}
