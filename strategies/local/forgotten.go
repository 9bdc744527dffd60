package local

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ResetNotice is the kind of the notice that carries a reset token.
const ResetNotice = "password-reset"

// ResetRequested is the result of requestReset, whether or not the user exists.
type ResetRequested struct {
	Requested bool `json:"requested"`
}

// requestReset looks no user up, so an unknown name costs as much as a known one.
func (s *Strategy) requestReset(ctx context.Context, call strategies.Call) (any, error) {
	if call.Body == nil {
		return nil, assert.BodyRequired.New()
	}
	in := strategies.Credentials(call.Body)
	if err := in.Only(strategies.NameFields()...); err != nil {
		return nil, err
	}
	names, err := in.Names()
	switch {
	case err != nil:
		return nil, err
	case len(names) == 0:
		return nil, ErrMissing.New(usernameField)
	case len(names) > 1:
		return nil, ErrOneName.New(names[0].Kind, names[1].Kind)
	}
	err = s.host.Notify(ctx, strategies.Notice{Kind: ResetNotice, Name: names[0], For: s.options.resetExpiry})
	return ResetRequested{Requested: err == nil}, err
}

// WriteNotice implements strategies.NoticeWriter. It creates the token, which is valid from now on.
func (s *Strategy) WriteNotice(ctx context.Context, _ string, found strategies.Found) (map[string]string, bool, error) {
	if len(found.Records) == 0 {
		return nil, false, nil
	}
	token, err := s.resetToken(ctx, found, true)
	if err != nil {
		return nil, false, err
	}
	link := ""
	if s.options.resetURL != "" {
		link = strings.ReplaceAll(s.options.resetURL, tokenInURL, token)
	}
	return map[string]string{"Token": token, "Link": link, "Until": s.host.Now().Add(s.options.resetExpiry).UTC().Format("15:04 UTC, 2 January 2006")}, true, nil
}

// resetToken creates a token for the user's current password. If it was sent to the user, it also
// dies with the user's sessions.
func (s *Strategy) resetToken(ctx context.Context, found strategies.Found, sent bool) (string, error) {
	return s.host.Flows().Put(ctx, strategies.Flow{
		Kuid: found.Kuid, Kind: resetKind, For: s.options.resetExpiry, Sent: sent, Bound: sent,
		Value: map[string]any{stampField: stamp(found.Records[0])},
	})
}
