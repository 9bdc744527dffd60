package users

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// filters say which users a list has: those that fulfil all. Of the values of one any
// does.
type filters struct {
	Emails     edge.Texts `arg:"email_address"`
	Phones     edge.Texts `arg:"phone_number"`
	ExternalID edge.Texts `arg:"external_id"`
	Usernames  edge.Texts `arg:"username"`
	Wallets    edge.Texts `arg:"web3_wallet"`
	IDs        edge.Texts `arg:"user_id"`
	// Organizations are those that users are members of.
	Organizations edge.Texts `arg:"organization_id"`

	Query      edge.Text `arg:"query"`
	EmailQuery edge.Text `arg:"email_address_query"`
	PhoneQuery edge.Text `arg:"phone_number_query"`
	NameOfUser edge.Text `arg:"username_query"`
	NameQuery  edge.Text `arg:"name_query"`

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

// where is what users have to fulfil.
func (j *judging) where(f *filters) query.Node {
	var b query.Bool
	exact := func(param string, field query.Field, given edge.Texts, form func(string) string) query.Node {
		values := j.values(param, given, form)
		if len(values) == 0 {
			return nil
		}
		return query.Terms{Field: field, Values: values}
	}
	emails := exact(emailParam, account(users.Email), f.Emails, users.Fold)
	phones := exact(phoneParam, account(users.Phone), f.Phones, phone)
	switch {
	case emails != nil && phones != nil: // any of these addresses or numbers
		b.Must = append(b.Must, query.Bool{Should: []query.Node{emails, phones}, MinShould: 1})
	case emails != nil:
		b.Must = append(b.Must, emails)
	case phones != nil:
		b.Must = append(b.Must, phones)
	}
	for _, node := range []query.Node{
		exact(usernameParam, account(users.UsernameField), f.Usernames, users.Fold),
		exact(walletParam, account(users.Wallet), f.Wallets, users.Fold),
	} {
		if node != nil {
			b.Must = append(b.Must, node)
		}
	}
	j.chosen(&b, "user_id", query.Field{Area: query.ID}, f.IDs)
	j.chosen(&b, "external_id", account(users.ExternalIDField), f.ExternalID)
	j.parts(&b, f)
	j.times(&b, f)
	if f.Banned.Is() {
		banned := query.Terms{Field: account(users.BannedField), Values: []any{true}}
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

// values are those of an exact filter, in the form in which they are kept.
func (j *judging) values(param string, given edge.Texts, form func(string) string) []any {
	values := j.Values(param, given)
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = form(value)
	}
	return all
}

// phone is a number as it is kept; a plus that was sent as it is arrives as a space.
func phone(given string) string {
	given = edge.Unplussed(given)
	if canonical, reason := users.CanonicalContact(users.Phone, given); reason == "" {
		return users.Fold(canonical)
	}
	return users.Fold(given)
}

// chosen has each value ask for its users, or with a minus before it for all others.
func (j *judging) chosen(b *query.Bool, param string, field query.Field, given edge.Texts) {
	in, out := j.Chosen(param, given)
	if len(in) > 0 {
		b.Must = append(b.Must, query.Terms{Field: field, Values: users.Anys(in)})
	}
	if len(out) > 0 {
		b.MustNot = append(b.MustNot, query.Terms{Field: field, Values: users.Anys(out)})
	}
}

// named holds of users who have an identifier.
var named = func() query.Node {
	var any query.Bool
	for _, field := range []string{users.Email, users.Phone, users.Wallet, users.UsernameField} {
		any.Should = append(any.Should, query.Exists{Field: account(field)})
	}
	any.MinShould = 1
	return any
}()

// among narrows a condition to users who are shown, to members of the organizations that
// a request names, and to who is no member of those with a minus before them.
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

// parts looks for texts that names and addresses have somewhere in them.
func (j *judging) parts(b *query.Bool, f *filters) {
	for _, part := range [...]struct {
		param  string
		given  edge.Text
		fields []query.Field
	}{
		{"query", f.Query, texts}, {"email_address_query", f.EmailQuery, []query.Field{account(users.Email)}},
		{"phone_number_query", f.PhoneQuery, []query.Field{account(users.Phone)}},
		{"username_query", f.NameOfUser, []query.Field{account(users.UsernameField)}}, {"name_query", f.NameQuery, names},
	} {
		text := strings.TrimSpace(part.given.Value)
		if text == "" {
			continue
		}
		contains := query.Contains{Fields: part.fields, Text: text}
		if _, err := contains.Folded(); err != nil {
			j.Refuse(edge.SizeExceeded, part.param)
		}
		b.Must = append(b.Must, contains)
	}
}

// times bounds when something happened, the bounds excluded.
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
		{"last_active_at", account(lastActive), since, f.ActiveBefore}, {"created_at", createdAt, f.CreatedAfter, f.CreatedBefore},
		{"last_sign_in_at", account(users.LastSignInField), f.SignedInAfter, f.SignedInBefore},
	} {
		within := query.Range{Field: time.field}
		if time.after.Is() {
			within.GT = j.millis(time.name+"_after", time.after)
		}
		if time.before.Is() {
			within.LT = j.millis(time.name+"_before", time.before)
		}
		if within.GT != nil || within.LT != nil {
			b.Must = append(b.Must, within)
		}
	}
}

func (j *judging) millis(param string, given edge.Number) any {
	const latest = 8.64e15 // of JavaScript
	if given.Value < 0 || float64(given.Value) > latest {
		j.Refuse(edge.DateInvalid, param)
	}
	return float64(given.Value)
}

// provider asks for accounts at a provider, by which users are known here if their
// records have them.
func (j *judging) provider(b *query.Bool, f *filters) {
	ids := j.values("provider_user_id", f.ProviderIDs, func(id string) string { return f.Provider.Value + ":" + id })
	switch {
	case f.Provider.Is() && len(ids) == 0:
		j.Refuse(edge.ConditionalMissing, "provider_user_id")
	case !f.Provider.Is() && len(ids) > 0:
		j.Refuse(edge.ConditionalMissing, "provider")
	case len(ids) > 0:
		b.Must = append(b.Must, query.Terms{Field: users.CredentialField(external.Name, external.Kind), Values: ids})
	}
}
