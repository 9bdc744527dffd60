package tickets

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Statuses lists the statuses that invitations are shown with.
func Statuses() []string { return []string{Pending, Accepted, Revoked, Expired} }

// The orders of lists.
const (
	ByCreation = createdAtField
	ByEmail    = emailField
	ByExpiry   = expiresAtField
)

// Listing selects invitations. Empty fields match all.
type Listing struct {
	Statuses []string
	// Query is a part of the address or the id, in any case.
	Query string
	// Order is one of the orders.
	Order string
	Desc  bool
	// From and Size may reach at most storage.MaxWindow.
	From, Size int
}

// Invitations lists invitations, and returns their total number.
func (ts *Tickets) Invitations(ctx context.Context, l Listing) ([]Ticket, int64, error) {
	page, err := ts.Store.Search(ctx, storage.Tickets, query.Search{
		Where: ts.where(l), Sort: []query.Sort{{Field: field(l.Order), Desc: l.Desc}}, From: l.From, Size: l.Size, Source: query.Source{Hidden: true},
	})
	if err != nil {
		return nil, 0, err
	}
	ids := make([]string, len(page.Hits))
	for i := range page.Hits {
		ids[i] = page.Hits[i].ID
	}
	found := make([]Ticket, 0, len(ids))
	err = storage.Each(ctx, ts.Store, storage.Tickets, ids, func(docs []storage.Document) error {
		for _, doc := range docs {
			t, err := read(doc, ts.Now())
			if err != nil {
				return err
			}
			if t.Status != deleted {
				found = append(found, *t)
			}
		}
		return nil
	})
	return found, page.Total, err
}

func (ts *Tickets) where(l Listing) query.Node {
	where := query.Bool{Must: []query.Node{term(kindField, string(Invitation))}}
	if l.Query != "" {
		where.Must = append(where.Must, query.Bool{MinShould: 1, Should: []query.Node{
			contains(field(emailField), users.Fold(l.Query)), contains(query.Field{Area: query.ID}, l.Query),
		}})
	}
	if len(l.Statuses) == 0 {
		return where
	}
	now := float64(ts.Now().UnixMilli())
	open := query.Terms{Field: field(statusField), Values: []any{Pending, begun}}
	any := query.Bool{MinShould: 1}
	for _, status := range l.Statuses {
		switch status {
		case Pending:
			any.Should = append(any.Should, query.Bool{Must: []query.Node{open, query.Range{Field: field(expiresAtField), GT: now}}})
		case Expired:
			any.Should = append(any.Should, query.Bool{Must: []query.Node{open, query.Range{Field: field(expiresAtField), LTE: now}}})
		default:
			any.Should = append(any.Should, term(statusField, status))
		}
	}
	where.Must = append(where.Must, any)
	return where
}

func field(name string) query.Field { return query.Field{Path: name} }

func term(name, value string) query.Node {
	return query.Terms{Field: field(name), Values: []any{value}}
}

// contains matches documents whose field contains the text, in any case.
func contains(in query.Field, text string) query.Node {
	return query.Wildcard{Field: in, Pattern: "*" + literal.Replace(text) + "*", CaseInsensitive: true}
}

var literal = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)
