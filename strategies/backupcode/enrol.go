package backupcode

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/enrolment"
)

// enrolments stores the drawn codes until the user proves to have them.
func (s *Strategy) enrolments() enrolment.Enrolments {
	return enrolment.Enrolments{Host: s.host, Holds: Codes, Unknown: ErrEnrolment}
}

// Actions implements strategies.Actions.
func (s *Strategy) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: Name, Name: "draw", Routes: []string{"POST /_me/backup-codes/_draw"}, Authenticated: true,
		Summary: "Draws backup codes for the caller; credentials are created or updated with one of them.",
		Answers: []any{Drawn{}}, Run: s.draw,
	}}
}

// Drawn is the result of draw, and the only time that the codes are shown. They become valid when
// credentials are created or updated with Enrolment and one of the codes.
type Drawn struct {
	Enrolment string `json:"enrolment"`
	// ExpiresAt is in epoch milliseconds.
	ExpiresAt int64    `json:"expiresAt"`
	Codes     []string `json:"codes"`
}

func (s *Strategy) draw(ctx context.Context, call strategies.Call) (any, error) {
	codes := draw()
	text, err := json.Marshal(codes)
	if err != nil {
		return nil, err
	}
	token, expiresAt, err := s.enrolments().Begin(ctx, call.Kuid, text)
	if err != nil {
		return nil, err
	}
	return Drawn{Enrolment: token, ExpiresAt: expiresAt, Codes: codes}, nil
}

// Check implements strategies.Strategy. Users create and update credentials with an enrolment and
// one of its codes. Importers create them with codes.
func (s *Strategy) Check(ctx context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	switch {
	case who.Reason == strategies.Import:
		return s.checkImport(in)
	case who.Reason == strategies.Update && len(who.Records) == 0:
		return nil, strategies.ErrMissing.New(Name)
	case !who.By.Self || who.Kuid == "":
		return nil, ErrSelfOnly.New()
	case len(who.Records) > 0 && who.Reason == strategies.Create:
		return nil, strategies.ErrExists.New(Name)
	}
	token, given, err := enrolment.Input(in)
	if err != nil {
		return nil, err
	}
	codes, err := s.enrolling(ctx, who.Kuid, token)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(codes, func(code string) bool { return plain(code) == plain(given) }) {
		return nil, ErrWrongCode.New()
	}
	return &draft{strategy: s, token: token, fresh: codes}, nil
}

// enrolling returns the codes of one of the user's enrolments.
func (s *Strategy) enrolling(ctx context.Context, kuid, token string) ([]string, error) {
	opened, err := s.enrolments().Secret(ctx, kuid, token)
	if err != nil {
		return nil, err
	}
	var codes []string
	return codes, json.Unmarshal(opened, &codes)
}

// checkImport accepts codes in clear text, and digests of the formats that passwords may have.
func (s *Strategy) checkImport(in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only(Codes); err != nil {
		return nil, err
	}
	list, isList := in[Codes].([]any)
	if !isList || len(list) == 0 || len(list) > maxCodes {
		return nil, ErrCodes.New(maxCodes, minCode, maxCode)
	}
	d := &draft{strategy: s}
	for _, value := range list {
		text, _ := value.(string)
		if len(text) < minCode || len(text) > maxCode {
			return nil, ErrCodes.New(maxCodes, minCode, maxCode)
		}
		if _, err := digest.ParseOwn(text, digest.Ceilings{}); err == nil {
			d.kept = append(d.kept, one{Digest: text})
			continue
		}
		code := plain(text)
		if !isPlain(code) {
			return nil, ErrCodes.New(maxCodes, minCode, maxCode)
		}
		d.kept = append(d.kept, one{Plain: code})
	}
	return d, nil
}

// draft holds imported codes, or drawn codes that the user proved to have; token is the enrolment
// to use up.
type draft struct {
	strategy *Strategy
	token    string
	fresh    []string
	kept     []one
}

// Identifiers implements strategies.Draft. Codes identify no user.
func (*draft) Identifiers() []strategies.Identifier { return nil }

// Seal implements strategies.Draft.
func (d *draft) Seal(ctx context.Context) (strategies.Record, error) {
	for _, code := range d.fresh {
		o, err := d.strategy.hash(ctx, plain(code))
		if err != nil {
			return strategies.Record{}, err
		}
		d.kept = append(d.kept, o)
	}
	if d.token != "" {
		if err := d.strategy.enrolments().UseUp(ctx, d.token); err != nil {
			return strategies.Record{}, err
		}
	}
	return d.strategy.seal(d.kept)
}
