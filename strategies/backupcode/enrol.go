package backupcode

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	enrolmentKind = "enrolment"
	enrolmentFor  = 10 * time.Minute
)

// Actions implements strategies.Actions.
func (s *Strategy) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: Name, Name: "draw", Routes: []string{"POST /_me/backup-codes/_draw"}, Authenticated: true,
		Summary: "Draws backup codes for the caller; credentials are created or updated with one of them.",
		Run:     s.draw,
	}}
}

// Drawn is what draw answers: the only time that the codes are shown. Nothing is in
// force before credentials are created or updated with Enrolment and one of them.
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
	secret, err := s.host.Seal(text)
	if err != nil {
		return nil, err
	}
	token, err := s.host.Flows().Put(ctx, strategies.Flow{
		Kuid: call.Kuid, Kind: enrolmentKind, For: enrolmentFor, Bound: true,
		Value: map[string]any{Codes: base64.StdEncoding.EncodeToString(secret)},
	})
	return Drawn{Enrolment: token, ExpiresAt: s.host.Now().Add(enrolmentFor).UnixMilli(), Codes: codes}, err
}

// Check implements strategies.Strategy: users create and update credentials with an
// enrolment and one of its codes, importers create them with codes.
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
	if err := in.Only(enrolmentField, codeField); err != nil {
		return nil, err
	}
	var given [2]string
	for i, field := range [...]string{enrolmentField, codeField} {
		text, there, err := in.Text(field, maxField)
		if err == nil && !there {
			err = assert.Missing.New(field)
		}
		if err != nil {
			return nil, err
		}
		given[i] = text
	}
	codes, err := s.enrolling(ctx, who.Kuid, given[0])
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(codes, func(code string) bool { return plain(code) == plain(given[1]) }) {
		return nil, ErrWrongCode.New()
	}
	return &draft{strategy: s, token: given[0], fresh: codes}, nil
}

// enrolling returns the codes of an enrolment of the user's.
func (s *Strategy) enrolling(ctx context.Context, kuid, token string) ([]string, error) {
	flow, err := s.host.Flows().Peek(ctx, token)
	if err != nil {
		return nil, enrolmentFault(err)
	}
	text, _ := flow.Value[Codes].(string)
	if flow.Kind != enrolmentKind || flow.Kuid != kuid {
		return nil, ErrEnrolment.New()
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	opened, err := s.host.Open(secret)
	if err != nil {
		return nil, err
	}
	var codes []string
	return codes, json.Unmarshal(opened, &codes)
}

func enrolmentFault(err error) error {
	if errors.Is(err, strategies.ErrFlowUnknown) || errors.Is(err, strategies.ErrFlowExpired) {
		return ErrEnrolment.New()
	}
	return err
}

// checkImport takes codes in the clear, and digests of the kinds that passwords are
// kept as.
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

// draft is codes that were drawn and shown to be there, or brought from elsewhere;
// token is the enrolment that it uses up.
type draft struct {
	strategy *Strategy
	token    string
	fresh    []string
	kept     []one
}

// Identifiers implements strategies.Draft: nobody is known by a code.
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
		if _, err := d.strategy.host.Flows().Take(ctx, d.token); err != nil {
			return strategies.Record{}, enrolmentFault(err)
		}
	}
	return d.strategy.seal(d.kept)
}
