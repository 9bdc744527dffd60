package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	filter "github.com/gokuzzle/kuzzle/clerk/filters"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// filters has the filters of lists. A user must match every filter; a filter matches if
// one of its values does.
type filters struct {
	filter.Names
	ExternalID edge.Texts `arg:"external_id"`
	IDs        edge.Texts `arg:"user_id"`
	// Organizations are the organizations of which users are members.
	Organizations edge.Texts `arg:"organization_id"`

	Banned         edge.Flag   `arg:"banned"`
	ActiveBefore   edge.Number `arg:"last_active_at_before"`
	ActiveAfter    edge.Number `arg:"last_active_at_after"`
	ActiveSince    edge.Number `arg:"last_active_at_since"`
	CreatedBefore  edge.Number `arg:"created_at_before"`
	CreatedAfter   edge.Number `arg:"created_at_after"`
	SignedInBefore edge.Number `arg:"last_sign_in_at_before"`
	SignedInAfter  edge.Number `arg:"last_sign_in_at_after"`

	Provider    edge.Text  `arg:"provider"`
	ProviderIDs edge.Texts `arg:"provider_user_id"`
}

// where returns the condition on users.
func (j *judging) where(f *filters) query.Node {
	b := query.Bool{Must: f.Names.Where(&j.Judging)}
	j.chosen(&b, "user_id", query.Field{Area: query.ID}, f.IDs)
	j.chosen(&b, "external_id", filter.Account(users.ExternalIDField), f.ExternalID)
	j.times(&b, f)
	if f.Banned.Is() {
		banned := query.Terms{Field: filter.Account(users.BannedField), Values: []any{true}}
		if f.Banned.Value {
			b.Must = append(b.Must, banned)
		} else {
			b.MustNot = append(b.MustNot, banned)
		}
	}
	j.provider(&b, f)
	if len(b.Must)+len(b.MustNot) == 0 {
		return query.All{}
	}
	return b
}

// chosen adds a filter whose values select users, or with a minus before them exclude
// users.
func (j *judging) chosen(b *query.Bool, param string, field query.Field, given edge.Texts) {
	in, out := j.Chosen(param, given)
	if len(in) > 0 {
		b.Must = append(b.Must, query.Terms{Field: field, Values: users.Anys(in)})
	}
	if len(out) > 0 {
		b.MustNot = append(b.MustNot, query.Terms{Field: field, Values: users.Anys(out)})
	}
}

// named matches users who have an identifier.
var named = func() query.Node {
	var any query.Bool
	for _, field := range []string{users.Email, users.Phone, users.Wallet, users.UsernameField} {
		any.Should = append(any.Should, query.Exists{Field: filter.Account(field)})
	}
	any.MinShould = 1
	return any
}()

// among restricts a condition to visible users, to members of the organizations in the
// filter, and to users who are not members of those with a minus before them.
func (c *controller) among(ctx context.Context, j *judging, where query.Node, f *filters) (query.Node, error) {
	if c.Rules.Now().HideNameless {
		where = query.Bool{Must: []query.Node{where, named}}
	}
	in, out := j.Chosen("organization_id", f.Organizations)
	if len(in)+len(out) == 0 || !j.Right() {
		return where, nil
	}
	b := query.Bool{Must: []query.Node{where}}
	for _, side := range []struct {
		organizations []string
		into          *[]query.Node
	}{{in, &b.Must}, {out, &b.MustNot}} {
		if len(side.organizations) == 0 {
			continue
		}
		kuids, err := c.Accounts.Organizations.Members.Kuids(ctx, users.Anys(side.organizations))
		if err != nil {
			return nil, err
		}
		*side.into = append(*side.into, query.Terms{Field: query.Field{Area: query.ID}, Values: kuids})
	}
	return b, nil
}

// times adds filters by times; the bounds are exclusive.
func (j *judging) times(b *query.Bool, f *filters) {
	since := f.ActiveAfter
	if !since.Is() {
		since = f.ActiveSince
	}
	for _, time := range [...]struct {
		name          string
		field         query.Field
		after, before edge.Number
	}{
		{"last_active_at", filter.Account(users.LastActiveField), since, f.ActiveBefore}, {"created_at", createdAt, f.CreatedAfter, f.CreatedBefore},
		{"last_sign_in_at", filter.Account(users.LastSignInField), f.SignedInAfter, f.SignedInBefore},
	} {
		if within := filter.Between(&j.Judging, time.name, time.field, time.after, time.before); within != nil {
			b.Must = append(b.Must, within)
		}
	}
}

// provider adds a filter by accounts at providers, which match users whose records have
// them.
func (j *judging) provider(b *query.Bool, f *filters) {
	ids := users.Anys(j.Values("provider_user_id", f.ProviderIDs))
	for i := range ids {
		ids[i] = f.Provider.Value + ":" + ids[i].(string)
	}
	switch {
	case f.Provider.Is() && len(ids) == 0:
		j.Refuse(edge.ConditionalMissing, "provider_user_id")
	case !f.Provider.Is() && len(ids) > 0:
		j.Refuse(edge.ConditionalMissing, "provider")
	case len(ids) > 0:
		b.Must = append(b.Must, query.Terms{Field: users.CredentialField(external.Name, external.Kind), Values: ids})
	}
}
