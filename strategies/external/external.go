package external

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Name is the strategy's name.
	Name = "external"
	// Accounts is the field that lists accounts as provider:id.
	Accounts = "accounts"
	// Username, Email and Phone are fields that reserve one text or several.
	Username = "username"
	Email    = "email"
	Phone    = "phone"

	// Kind is the kind of an account's identifier. Unlike other kinds it is compared byte by byte,
	// since providers distinguish upper and lower case.
	Kind = "account"

	maxValues = 100
	maxID     = 255
	maxName   = 64
	maxText   = 2048
)

func init() { strategies.Register(Name, New) }

var (
	_ strategies.Strategy = (*Strategy)(nil)
	_ strategies.Fields   = (*Strategy)(nil)
	_ strategies.Searcher = (*Strategy)(nil)
)

// Strategy is the external strategy; make it with [New].
type Strategy struct{ host strategies.Host }

// New builds the strategy, which has no options.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	return &Strategy{host}, strategies.DecodeConfig(cfg, &struct{}{})
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// LoginForm implements strategies.LoginForm: nobody logs in by the strategy itself.
func (*Strategy) LoginForm() any { return struct{}{} }

// Fields implements strategies.Fields.
func (*Strategy) Fields() []string { return fields() }

func fields() []string { return []string{Accounts, Username, Email, Phone} }

// SearchFields implements strategies.Searcher.
func (*Strategy) SearchFields() []string { return []string{Accounts} }

// Authenticate implements strategies.Strategy. It refuses everybody in the same way.
func (*Strategy) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

// Info returns the accounts and the reserved names.
func (*Strategy) Info(rec strategies.Record) strategies.Credentials {
	shown := strategies.Credentials{}
	for _, id := range rec.Identifiers {
		field := fieldOf(id.Kind)
		list, _ := shown[field].([]any)
		shown[field] = append(list, id.Value)
	}
	return shown
}

func fieldOf(kind string) string {
	if kind == Kind {
		return Accounts
	}
	return kind
}

func kindOf(field string) string {
	if field == Accounts {
		return Kind
	}
	return field
}

// Check implements strategies.Strategy. An update replaces the fields it names.
func (s *Strategy) Check(_ context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	if who.By.Self {
		return nil, ErrSelf.New()
	}
	if err := in.Only(fields()...); err != nil {
		return nil, err
	}
	if who.Reason != strategies.Update && len(who.Records) > 0 && who.Reason != strategies.Validate {
		return nil, strategies.ErrExists.New(Name)
	}
	merged := maps.Clone(in)
	if who.Reason == strategies.Update {
		if len(who.Records) == 0 {
			return nil, strategies.ErrMissing.New(Name)
		}
		merged = s.Info(who.Records[0])
		maps.Copy(merged, in)
	}
	var d draft
	for _, field := range fields() {
		values, err := texts(field, merged[field])
		if err != nil {
			return nil, err
		}
		for _, value := range values {
			if id := (strategies.Identifier{Kind: kindOf(field), Value: value}); !slices.Contains(d, id) {
				d = append(d, id)
			}
		}
	}
	if len(d) == 0 {
		return nil, ErrEmpty.New()
	}
	return d, nil
}

// texts reads one text or a list of texts.
func texts(field string, value any) ([]string, error) {
	var list []any
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		list = []any{v}
	case []any:
		list = v
	default:
		return nil, assert.InvalidType.New(field, "string[]")
	}
	if len(list) > maxValues {
		return nil, ErrTooMany.New(field, maxValues)
	}
	values := make([]string, len(list))
	for i, element := range list {
		text, ok := element.(string)
		switch {
		case !ok:
			return nil, assert.InvalidType.New(field, "string[]")
		case field == Accounts && !IsAccount(text):
			return nil, ErrAccount.New(i + 1)
		case len(text) > maxText || strings.TrimSpace(text) == "":
			return nil, assert.InvalidArgument.New(field, "1 to 2048 bytes")
		}
		values[i] = text
	}
	return values, nil
}

// IsAccount reports whether a text has the form provider:id.
func IsAccount(text string) bool {
	provider, id, ok := strings.Cut(text, ":")
	return ok && IsProvider(provider) && id != "" && len(id) <= maxID && utf8.ValidString(id) && strings.TrimSpace(id) == id &&
		!strings.ContainsFunc(id, unicode.IsControl)
}

// IsProvider reports whether name is a valid name of a provider.
func IsProvider(name string) bool {
	return name != "" && len(name) <= maxName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// draft holds the identifiers to claim; nothing about it is secret or expensive.
type draft []strategies.Identifier

// Identifiers implements strategies.Draft.
func (d draft) Identifiers() []strategies.Identifier { return d }

// Seal implements strategies.Draft.
func (d draft) Seal(context.Context) (strategies.Record, error) {
	return strategies.Record{Identifiers: d}, nil
}
