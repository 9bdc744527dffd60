package organizations

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Upkeep finishes interrupted changes of memberships, deletions of organizations, and acceptances
// of invitations. It removes memberships of deleted users, and invitations to deleted
// organizations. It returns the number of repairs.
func (os *Organizations) Upkeep(ctx context.Context) (mended int, err error) {
	for _, round := range []func(context.Context) (int, error){os.endOld, os.Members.removeStale, os.Invitations.removeUninviting, os.Invitations.settleOld} {
		n, err := round(ctx)
		if mended += n; err != nil {
			return mended, err
		}
	}
	return mended, nil
}

// endOld ends abandoned intents and interrupted deletions.
func (os *Organizations) endOld(ctx context.Context) (mended int, err error) {
	if err := os.store.Refresh(ctx, storage.Organizations); err != nil {
		return 0, err
	}
	what := query.Search{Where: query.Terms{Field: field(unfinishedField), Values: []any{true}}, Size: walkPage, Source: query.Source{Hidden: true}}
	for {
		page, err := os.store.Search(ctx, storage.Organizations, what)
		if err != nil || len(page.Hits) == 0 {
			return mended, err
		}
		for _, hit := range page.Hits {
			what.After = []any{hit.ID}
			n, err := os.Members.mend(ctx, hit.ID)
			if mended += n; err != nil {
				return mended, err
			}
		}
	}
}

func (ms *Members) mend(ctx context.Context, id string) (mended int, err error) {
	s, err := ms.any(ctx, id)
	if err != nil {
		return 0, unless(err, ErrNotFound)
	}
	if s.Leaving {
		return 1, ms.dismantle(ctx, id)
	}
	for _, in := range s.Intents {
		if !ms.old(&in) {
			continue
		}
		if err := ms.settle(ctx, id, in); err != nil {
			return mended, err
		}
		mended++
	}
	return mended, nil
}

// removeStale removes memberships of deleted users.
func (ms *Members) removeStale(ctx context.Context) (removed int, err error) {
	walker := storage.NewWalker(ms.store, storage.Memberships)
	for {
		page, err := walker.Next(ctx)
		if err != nil || len(page) == 0 {
			return removed, err
		}
		members := map[string][]*Membership{}
		var kuids []string
		for i := range page {
			m, err := readMembership(page[i].Document)
			if err != nil {
				return removed, err
			}
			if !m.gone {
				kuids = append(kuids, m.Kuid)
				members[m.Kuid] = append(members[m.Kuid], m)
			}
		}
		err = storage.Each(ctx, ms.store, storage.Users, kuids, func(docs []storage.Document) error {
			for _, doc := range docs {
				u, err := users.ReadUser(doc)
				if err != nil {
					return err
				}
				var stale []*Membership
				for _, m := range members[doc.ID] {
					if m.Incarnation != u.Incarnation {
						stale = append(stale, m)
					}
				}
				members[doc.ID] = stale
			}
			return nil
		})
		if err != nil {
			return removed, err
		}
		for _, stale := range members {
			for _, m := range stale {
				gone, err := ms.gone(ctx, m)
				if err == nil && gone {
					_, err = ms.leave(ctx, users.Actor{}, m, true)
					removed++
				}
				if err := unless(err, ErrNoMember, ErrNotFound, storage.ErrConflict); err != nil {
					return removed, err
				}
			}
		}
	}
}

// removeUninviting removes invitations to deleted organizations.
func (in *Invitations) removeUninviting(ctx context.Context) (removed int, err error) {
	walker := storage.NewWalker(in.store, storage.OrganizationInvitations)
	inviting := map[string]bool{}
	for {
		page, err := walker.Next(ctx)
		if err != nil || len(page) == 0 {
			return removed, err
		}
		clear(inviting)
		for i := range page {
			organization, _, _ := strings.Cut(page[i].ID, "/")
			is, known := inviting[organization]
			if !known {
				_, err := in.any(ctx, organization)
				if unless(err, ErrNotFound) != nil {
					return removed, err
				}
				is = err == nil
				inviting[organization] = is
			}
			if is {
				continue
			}
			_, err := in.store.Commit(ctx, storage.Change{In: storage.OrganizationInvitations, ID: page[i].ID, If: page[i].Rev, Free: onceOf(page[i].ID)})
			if err := unless(err, storage.ErrConflict, storage.ErrNotFound); err != nil {
				return removed, err
			}
			removed++
		}
	}
}
