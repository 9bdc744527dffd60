package filters

import (
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Names are filters by names and identifiers. A user must match every filter; a filter
// matches if one of its values does.
type Names struct {
	Emails    edge.Texts `arg:"email_address"`
	Phones    edge.Texts `arg:"phone_number"`
	Usernames edge.Texts `arg:"username"`
	Wallets   edge.Texts `arg:"web3_wallet"`

	Query         edge.Text `arg:"query"`
	EmailQuery    edge.Text `arg:"email_address_query"`
	PhoneQuery    edge.Text `arg:"phone_number_query"`
	UsernameQuery edge.Text `arg:"username_query"`
	NameQuery     edge.Text `arg:"name_query"`
}

// Account returns a field of the data that is stored beside a user's content.
func Account(name string) query.Field { return query.Field{Area: query.Account, Path: name} }

// names are the fields with a user's names.
var names = []query.Field{Account(users.FirstNameField), Account(users.LastNameField), Account(users.NameField)}

// Where returns the conditions on users.
func (n *Names) Where(j *edge.Judging) []query.Node {
	var all []query.Node
	emails := exact(j, "email_address", users.Email, n.Emails, users.Fold)
	phones := exact(j, "phone_number", users.Phone, n.Phones, phone)
	if emails != nil && phones != nil { // any of these addresses or numbers
		emails, phones = query.Bool{Should: []query.Node{emails, phones}, MinShould: 1}, nil
	}
	for _, node := range []query.Node{
		emails, phones, exact(j, "username", users.UsernameField, n.Usernames, users.Fold), exact(j, "web3_wallet", users.Wallet, n.Wallets, users.Fold),
	} {
		if node != nil {
			all = append(all, node)
		}
	}
	for _, part := range [...]struct {
		param string
		given edge.Text
		in    []query.Field
	}{
		{"query", n.Query, users.NameFields}, {"email_address_query", n.EmailQuery, []query.Field{Account(users.Email)}},
		{"phone_number_query", n.PhoneQuery, []query.Field{Account(users.Phone)}},
		{"username_query", n.UsernameQuery, []query.Field{Account(users.UsernameField)}}, {"name_query", n.NameQuery, names},
	} {
		text := strings.TrimSpace(part.given.Value)
		if text == "" {
			continue
		}
		Text(j, part.param, part.given)
		all = append(all, query.Contains{Fields: part.in, Text: text})
	}
	return all
}

// Text returns a text to look for, folded, "" for none.
func Text(j *edge.Judging, param string, given edge.Text) string {
	folded, err := query.Contains{Text: strings.TrimSpace(given.Value)}.Folded()
	if err != nil {
		j.Refuse(edge.SizeExceeded, param)
	}
	return folded
}

// exact returns a filter by values in their stored form, nil for none.
func exact(j *edge.Judging, param, field string, given edge.Texts, form func(string) string) query.Node {
	values := j.Values(param, given)
	if len(values) == 0 {
		return nil
	}
	kept := make([]any, len(values))
	for i, value := range values {
		kept[i] = form(value)
	}
	return query.Terms{Field: Account(field), Values: kept}
}

// phone returns a number in its stored form; an unescaped plus arrives as a space.
func phone(given string) string {
	given = edge.Unplussed(given)
	if canonical, reason := users.CanonicalContact(users.Phone, given); reason == "" {
		return users.Fold(canonical)
	}
	return users.Fold(given)
}

// Between returns a condition that a time lies between two bounds, exclusive, nil for
// none. Its parameters are the name with _after and _before.
func Between(j *edge.Judging, name string, field query.Field, after, before edge.Number) query.Node {
	within := query.Range{Field: field}
	if after.Is() {
		within.GT = float64(Millis(j, name+"_after", after))
	}
	if before.Is() {
		within.LT = float64(Millis(j, name+"_before", before))
	}
	if within.GT == nil && within.LT == nil {
		return nil
	}
	return within
}

// Millis returns a time in epoch milliseconds, 0 for none.
func Millis(j *edge.Judging, param string, given edge.Number) int64 {
	const latest = 8.64e15 // JavaScript's latest date
	if given.Value < 0 || float64(given.Value) > latest {
		j.Refuse(edge.DateInvalid, param)
	}
	return given.Value
}
