package legacyhttp

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// draft is a checked credential; old is the record to change, nil for a new one.
type draft struct {
	ids     []strategies.Identifier
	oldName string
	old     *strategies.Record
}

// Check implements strategies.Strategy.
func (s *Strategy) Check(_ context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only(s.Fields()...); err != nil {
		return nil, err
	}
	given, err := in.Names()
	if err != nil {
		return nil, err
	}
	d := &draft{ids: given}
	d.oldName, _, err = in.Text(OldNameField, maxName)
	updates := who.Reason == strategies.Update || who.Reason == strategies.Reset
	switch {
	case err != nil:
		return nil, err
	case who.By.Self && d.oldName != "":
		return nil, ErrAdministratorsOnly.New()
	case updates && len(given) == 0 && d.oldName == "":
		return nil, assert.Missing.New("username, email, phone or " + OldNameField)
	case updates && (len(who.Records) == 0 || d.oldName != "" && who.Records[0].Strategy != Name):
		return nil, strategies.ErrMissing.New(Name)
	case updates:
		d.old = &who.Records[0]
		d.ids = strategies.Renamed(*d.old, given).Identifiers
		return d, nil
	case len(given) == 0:
		return nil, assert.Missing.New("username, email or phone")
	case len(who.Records) > 0 && who.Reason != strategies.Validate:
		return nil, strategies.ErrExists.New(Name)
	}
	if d.oldName == "" {
		d.oldName = given[0].Value
	}
	return d, nil
}

// Identifiers implements strategies.Draft.
func (d *draft) Identifiers() []strategies.Identifier { return d.ids }

// Seal implements strategies.Draft. If only names change, the record stays with the strategy of the
// family that owns it.
func (d *draft) Seal(context.Context) (strategies.Record, error) {
	if d.old != nil && d.oldName == "" {
		return strategies.Renamed(*d.old, d.ids), nil
	}
	raw, err := (&secret{OldName: d.oldName}).encode()
	return strategies.Record{Strategy: Name, Identifiers: d.ids, Secret: raw}, err
}
