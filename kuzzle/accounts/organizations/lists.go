package organizations

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Page selects a part of a list. From and Size may reach at most storage.MaxWindow.
type Page struct {
	// Order is one of the list's orders, "" for the time of creation.
	Order      string
	Desc       bool
	From, Size int
}

// The orders.
const (
	ByCreation = "createdAt"
	// ByName and ByMembers order organizations.
	ByName    = "name"
	ByMembers = "members"
	// ByEmail and ByExpiry order invitations.
	ByEmail  = "email"
	ByExpiry = "expiresAt"
)

// Search selects organizations. Empty fields match all.
type Search struct {
	// Query is a part of the name, the slug or the id, in any case.
	Query string
	// IDs are the only ids to include, NotIDs the ids to exclude.
	IDs, NotIDs []string
	// Of are kuids of which one must be a member, NotOf kuids of which none may be.
	Of, NotOf []string
	Page
}

// Search lists organizations, and returns their total number.
func (os *Organizations) Search(ctx context.Context, s Search) ([]Organization, int64, error) {
	where := query.Bool{Must: []query.Node{query.Exists{Field: field(nameField)}}}
	if s.Query != "" {
		where.Must = append(where.Must, query.Bool{MinShould: 1, Should: []query.Node{
			contains(field(nameField), users.Fold(s.Query)), contains(field(slugField), strings.ToLower(s.Query)),
			contains(query.Field{Area: query.ID}, s.Query),
		}})
	}
	if len(s.IDs) > 0 {
		where.Must = append(where.Must, among(s.IDs))
	}
	if len(s.NotIDs) > 0 {
		where.MustNot = append(where.MustNot, among(s.NotIDs))
	}
	for _, of := range []struct {
		kuids []string
		into  *[]query.Node
	}{{s.Of, &where.Must}, {s.NotOf, &where.MustNot}} {
		if len(of.kuids) == 0 {
			continue
		}
		ids, err := os.organizationsOf(ctx, of.kuids)
		if err != nil {
			return nil, 0, err
		}
		*of.into = append(*of.into, among(ids))
	}
	var found []Organization
	total, err := os.list(ctx, storage.Organizations, where, s.Page, func(doc storage.Document) error {
		one, err := readState(doc)
		if err == nil && !one.Leaving {
			found = append(found, one.Organization)
		}
		return err
	})
	return found, total, err
}

// organizationsOf lists the organizations of which users are members, up to one page.
func (os *Organizations) organizationsOf(ctx context.Context, kuids []string) ([]string, error) {
	page, err := os.store.Search(ctx, storage.Memberships, query.Search{
		Where: query.Terms{Field: field(kuidField), Values: users.Anys(kuids)}, Size: storage.MaxWindow,
	})
	var ids []string
	for _, hit := range page.Hits {
		organization, _, _ := strings.Cut(hit.ID, "/")
		ids = append(ids, organization)
	}
	return ids, err
}

// Among selects memberships. Empty fields match all.
type Among struct {
	// Organization and Kuids select memberships of these, Not excludes kuids.
	Organization string
	Kuids, Not   []string
	Roles        []string
	// CreatedAfter and CreatedBefore are in epoch milliseconds, both exclusive, 0 for no bound.
	CreatedAfter, CreatedBefore int64
	Page
}

func (a *Among) where() query.Bool {
	where := query.Bool{Must: []query.Node{query.Exists{Field: field(kuidField)}}}
	if a.Organization != "" {
		where.Must = append(where.Must, term(organizationField, a.Organization))
	}
	for name, values := range map[string][]string{kuidField: a.Kuids, roleField: a.Roles} {
		if len(values) > 0 {
			where.Must = append(where.Must, query.Terms{Field: field(name), Values: users.Anys(values)})
		}
	}
	if len(a.Not) > 0 {
		where.MustNot = append(where.MustNot, query.Terms{Field: field(kuidField), Values: users.Anys(a.Not)})
	}
	if a.CreatedAfter != 0 || a.CreatedBefore != 0 {
		within := query.Range{Field: field(createdAtField)}
		if a.CreatedAfter != 0 {
			within.GT = float64(a.CreatedAfter)
		}
		if a.CreatedBefore != 0 {
			within.LT = float64(a.CreatedBefore)
		}
		where.Must = append(where.Must, within)
	}
	return where
}

// List lists memberships, and returns their total number.
func (ms *Members) List(ctx context.Context, a Among) ([]Membership, int64, error) {
	var found []Membership
	total, err := ms.list(ctx, storage.Memberships, a.where(), a.Page, func(doc storage.Document) error {
		m, err := readMembership(doc)
		if err == nil && !m.gone {
			found = append(found, *m)
		}
		return err
	})
	return found, total, err
}

// Joined is an organization and a user's membership of it.
type Joined struct {
	Organization
	Membership Membership
}

// Of lists the organizations of a user, and returns their total number.
func (os *Organizations) Of(ctx context.Context, u *users.User, p Page) ([]Joined, int64, error) {
	theirs, total, err := os.Members.List(ctx, Among{Kuids: []string{u.Kuid}, Page: p})
	if err != nil {
		return nil, 0, err
	}
	ids, there := make([]string, len(theirs)), map[string]*state{}
	for i := range theirs {
		ids[i] = theirs[i].Organization
	}
	err = storage.Each(ctx, os.store, storage.Organizations, ids, func(docs []storage.Document) error {
		for _, doc := range docs {
			s, err := readState(doc)
			if err != nil {
				return err
			}
			there[doc.ID] = s
		}
		return nil
	})
	found := []Joined{}
	for _, m := range theirs {
		if s := there[m.Organization]; s != nil && !s.Leaving && m.Incarnation == u.Incarnation {
			found = append(found, Joined{s.Organization, m})
		}
	}
	return found, total, err
}

// Acquainted reports whether a user is a member of an organization to which another one belongs.
func (os *Organizations) Acquainted(ctx context.Context, u *users.User, other string) (bool, error) {
	theirs, _, err := os.Of(ctx, u, Page{Size: storage.MaxWindow})
	if err != nil {
		return false, err
	}
	ids := make([]string, len(theirs))
	for i := range theirs {
		ids[i] = theirs[i].ID
	}
	return os.Members.OfAny(ctx, ids, other)
}

// maxKuids is the largest number of members to search for among users.
const maxKuids = 50_000

// Kuids lists the members of any of the organizations. More than 50,000 are a
// storage.ErrBadRequest.
func (ms *Members) Kuids(ctx context.Context, organizations []any) (kuids []any, err error) {
	what := query.Search{
		Where: query.Terms{Field: field(organizationField), Values: organizations}, Size: storage.MaxWindow, Source: query.Source{Includes: []string{kuidField}},
	}
	seen := map[string]bool{}
	for {
		page, err := ms.store.Search(ctx, storage.Memberships, what)
		if err != nil {
			return nil, err
		}
		for _, hit := range page.Hits {
			var content struct {
				Kuid string `json:"kuid"`
			}
			if err := json.Unmarshal(hit.Content, &content); err != nil {
				return nil, err
			}
			if !seen[content.Kuid] {
				seen[content.Kuid] = true
				kuids = append(kuids, content.Kuid)
			}
		}
		switch {
		case len(kuids) > maxKuids:
			return nil, storage.ErrBadRequest.New(fmt.Sprintf("the organizations have more than %d members: use the list of memberships instead", maxKuids))
		case len(page.Hits) < what.Size && !page.Partial:
			return kuids, nil
		}
		what.After = []any{page.Hits[len(page.Hits)-1].ID}
	}
}

// list reads the documents of one page of a search, in order.
func (b *base) list(ctx context.Context, in storage.Collection, where query.Node, p Page, use func(storage.Document) error) (total int64, err error) {
	order := p.Order
	if order == "" {
		order = ByCreation
	}
	page, err := b.store.Search(ctx, in, query.Search{
		Where: where, Sort: []query.Sort{{Field: field(order), Desc: p.Desc}}, From: p.From, Size: p.Size, Source: query.Source{Hidden: true},
	})
	if err != nil {
		return 0, err
	}
	ids := make([]string, len(page.Hits))
	for i := range page.Hits {
		ids[i] = page.Hits[i].ID
	}
	return page.Total, storage.Each(ctx, b.store, in, ids, func(docs []storage.Document) error {
		for _, doc := range docs {
			if err := use(doc); err != nil {
				return err
			}
		}
		return nil
	})
}

func field(name string) query.Field { return query.Field{Path: name} }

func term(name, value string) query.Node {
	return query.Terms{Field: field(name), Values: []any{value}}
}

func among(ids []string) query.Node {
	return query.Terms{Field: query.Field{Area: query.ID}, Values: users.Anys(ids)}
}

// contains matches documents whose field contains the text, in any case.
func contains(in query.Field, text string) query.Node {
	return query.Wildcard{Field: in, Pattern: "*" + literal.Replace(text) + "*", CaseInsensitive: true}
}

var literal = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)
