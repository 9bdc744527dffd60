// Package enrolment stores the secret of a second factor after it was shown to a user, until the
// user proves to have it. Only then does the secret count. The package knows no particular factor.
package enrolment

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// The fields of credentials by which a user proves to have a secret, each at most MaxField bytes
// long.
const (
	Field     = "enrolment"
	CodeField = "code"
	MaxField  = 512
)

// LoginForm is the form of a login by a second factor. The challenge is that of the login
// which waits for it; who proves a factor again has none.
type LoginForm struct {
	Challenge string `json:"challenge,omitempty"`
	Code      string `json:"code"`
}

const (
	kind = "enrolment"
	ends = 10 * time.Minute
)

// Enrolments are the enrolments of one strategy. An enrolment ends after ten minutes, when all
// sessions of its user end, and when credentials are created from it.
type Enrolments struct {
	Host strategies.Host
	// Holds is the secret's key in the stored flow.
	Holds string
	// Unknown is the error for every unusable enrolment.
	Unknown *fault.Kind
}

// Begin stores an encrypted secret that is shown to a user. It returns the enrolment's token, and
// its end in epoch milliseconds.
func (e Enrolments) Begin(ctx context.Context, kuid string, secret []byte) (token string, expiresAt int64, err error) {
	sealed, err := e.Host.Seal(secret)
	if err != nil {
		return "", 0, err
	}
	token, err = e.Host.Flows().Put(ctx, strategies.Flow{
		Kuid: kuid, Kind: kind, For: ends, Bound: true,
		Value: map[string]any{e.Holds: base64.StdEncoding.EncodeToString(sealed)},
	})
	return token, e.Host.Now().Add(ends).UnixMilli(), err
}

// Input reads the token of an enrolment and the code that proves it. Both are required, and no
// other field is allowed.
func Input(in strategies.Credentials) (token, code string, err error) {
	if err := in.Only(Field, CodeField); err != nil {
		return "", "", err
	}
	var given [2]string
	for i, field := range [...]string{Field, CodeField} {
		text, there, err := in.Text(field, MaxField)
		if err == nil && !there {
			err = assert.Missing.New(field)
		}
		if err != nil {
			return "", "", err
		}
		given[i] = text
	}
	return given[0], given[1], nil
}

// Secret returns the secret of one of the user's enrolments.
func (e Enrolments) Secret(ctx context.Context, kuid, token string) ([]byte, error) {
	flow, err := e.Host.Flows().Peek(ctx, token)
	if err != nil {
		return nil, e.told(err)
	}
	text, _ := flow.Value[e.Holds].(string)
	if flow.Kind != kind || flow.Kuid != kuid {
		return nil, e.Unknown.New()
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return e.Host.Open(sealed)
}

// UseUp ends an enrolment, so that it creates credentials only once.
func (e Enrolments) UseUp(ctx context.Context, token string) error {
	_, err := e.Host.Flows().Take(ctx, token)
	return e.told(err)
}

func (e Enrolments) told(err error) error {
	if errors.Is(err, strategies.ErrFlowUnknown) || errors.Is(err, strategies.ErrFlowExpired) {
		return e.Unknown.New()
	}
	return err
}
