package organizations

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/filters"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Shelf makes the resources of memberships and invitations for one answer. It reads each of their
// users and organizations once; nil stands for a deleted one.
type Shelf struct {
	accounts *accounts.Accounts
	make     resource.Organizations
	people   map[string]*users.User
	places   map[string]*domain.Organization
}

// NewShelf returns an empty shelf.
func NewShelf(a *accounts.Accounts, of resource.Organizations) *Shelf {
	return &Shelf{a, of, map[string]*users.User{}, map[string]*domain.Organization{}}
}

func (c *controller) shelf() *Shelf { return NewShelf(c.Accounts, c.Make) }

func (s *Shelf) person(ctx context.Context, kuid string) (*users.User, error) {
	if u, known := s.people[kuid]; known {
		return u, nil
	}
	u, err := s.accounts.Users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		u, err = nil, nil
	}
	if err == nil {
		s.people[kuid] = u
	}
	return u, err
}

func (s *Shelf) place(ctx context.Context, id string) (*domain.Organization, error) {
	if o, known := s.places[id]; known {
		return o, nil
	}
	var known *domain.Organization
	o, err := s.accounts.Organizations.Organization(ctx, id)
	if err == nil {
		known = &o
	} else if !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	s.places[id] = known
	return known, nil
}

// memberships returns memberships without those whose user or organization is
// deleted.
func (s *Shelf) memberships(ctx context.Context, all []domain.Membership) ([]resource.OrganizationMembership, error) {
	out := []resource.OrganizationMembership{}
	for i := range all {
		m := &all[i]
		u, err := s.person(ctx, m.Kuid)
		if err != nil {
			return nil, err
		}
		o, err := s.place(ctx, m.Organization)
		if err != nil {
			return nil, err
		}
		if u != nil && o != nil && u.Incarnation == m.Incarnation {
			out = append(out, s.make.Membership(m, o, u))
		}
	}
	return out, nil
}

// Membership returns the resource of a membership that a change returned, or its error.
func (s *Shelf) Membership(ctx context.Context, m domain.Membership, err error) (resource.OrganizationMembership, error) {
	if err != nil {
		return resource.OrganizationMembership{}, err
	}
	shown, err := s.memberships(ctx, []domain.Membership{m})
	if err == nil && len(shown) == 0 {
		err = domain.ErrNoMember.New(m.Kuid, m.Organization)
	}
	if err != nil {
		return resource.OrganizationMembership{}, err
	}
	return shown[0], nil
}

// Members lists memberships; people are conditions on their users.
func (s *Shelf) Members(ctx context.Context, a domain.Among, people []query.Node) (out resource.Paginated[resource.OrganizationMembership], err error) {
	if len(people) > 0 || a.Order != "" && a.Order != domain.ByCreation {
		return s.byPeople(ctx, a, people)
	}
	found, total, err := s.accounts.Organizations.Members.List(ctx, a)
	if err != nil {
		return out, err
	}
	out.TotalCount = total
	out.Data, err = s.memberships(ctx, found)
	return out, err
}

// byPeople lists members by properties of their users. It searches the first members
// that match the other filters, as many as a window has.
func (s *Shelf) byPeople(ctx context.Context, a domain.Among, people []query.Node) (out resource.Paginated[resource.OrganizationMembership], err error) {
	page := a.Page
	found, kuids, err := s.window(ctx, a)
	if err != nil {
		return out, err
	}
	what := query.Search{
		Where: query.Bool{Must: append(people, query.Terms{Field: query.Field{Area: query.ID}, Values: users.Anys(kuids)})},
		From:  page.From, Size: page.Size, Source: query.Source{Hidden: true},
	}
	byUser := page.Order != "" && page.Order != domain.ByCreation
	if byUser {
		what.Sort = []query.Sort{{Field: filters.Account(page.Order), Desc: page.Desc}}
	} else {
		what.From, what.Size = 0, edge.Window
	}
	hits, _, err := s.accounts.Users.Search(ctx, storage.Users, what, 0)
	if err != nil {
		return out, err
	}
	out.TotalCount = hits.Total
	out.Data, err = s.memberships(ctx, chosen(found, hits.Hits, byUser, page))
	return out, err
}

// window returns the first members that match, as many as a window has, and the ids of their users.
func (s *Shelf) window(ctx context.Context, a domain.Among) (found []domain.Membership, kuids []string, err error) {
	a.Page = domain.Page{Size: edge.Window, Desc: a.Page.Desc}
	found, _, err = s.accounts.Organizations.Members.List(ctx, a)
	kuids = make([]string, len(found))
	for i := range found {
		kuids[i] = found[i].Kuid
	}
	return found, kuids, err
}

// chosen returns the memberships of the found users: in the order of the users, of whom
// hits is a page, or a page of the memberships in their own order.
func chosen(found []domain.Membership, hits []storage.Hit, byUser bool, page domain.Page) []domain.Membership {
	place := make(map[string]int, len(hits))
	for i := range hits {
		place[hits[i].ID] = i
	}
	all := slices.DeleteFunc(found, func(m domain.Membership) bool { _, is := place[m.Kuid]; return !is })
	if byUser {
		slices.SortFunc(all, func(a, b domain.Membership) int { return place[a.Kuid] - place[b.Kuid] })
		return all
	}
	return part(all, page)
}

// Showing lists the memberships whose public data have a text, folded. Hidden addresses and numbers do
// not count: a member could find them out by searching for parts of them. Like byPeople it searches
// only the first members.
func (s *Shelf) Showing(ctx context.Context, a domain.Among, text string) (out resource.Paginated[resource.OrganizationMembership], err error) {
	if text == "" {
		return s.Members(ctx, a, nil)
	}
	page := a.Page
	found, kuids, err := s.window(ctx, a)
	if err != nil {
		return out, err
	}
	shown := map[string]string{} // the incarnations of those who match: whole users may need much memory
	for len(kuids) > 0 {
		var people []*users.User
		if people, kuids, err = s.accounts.Users.CurrentUsers(ctx, kuids); err != nil {
			return out, err
		}
		for _, u := range people {
			if s.make.PublicUser(u).Has(text) {
				shown[u.Kuid] = u.Incarnation
			}
		}
	}
	found = slices.DeleteFunc(found, func(m domain.Membership) bool {
		incarnation, is := shown[m.Kuid]
		return !is || incarnation != m.Incarnation
	})
	out.TotalCount = int64(len(found))
	out.Data, err = s.memberships(ctx, part(found, page))
	return out, err
}

// part returns one page of all memberships.
func part(all []domain.Membership, page domain.Page) []domain.Membership {
	from := min(page.From, len(all))
	return all[from:min(from+page.Size, len(all))]
}

// Invitations lists invitations, with their organizations if whole is set.
func (s *Shelf) Invitations(ctx context.Context, what domain.Invited, whole bool) (resource.Paginated[resource.OrganizationInvitation], error) {
	found, total, err := s.accounts.Organizations.Invitations.List(ctx, what)
	if err != nil {
		return resource.Paginated[resource.OrganizationInvitation]{}, err
	}
	return s.invitations(ctx, found, total, whole)
}

// InvitationsTo lists the invitations to a user, with their organizations.
func (s *Shelf) InvitationsTo(ctx context.Context, u *users.User, what domain.Invited) (resource.Paginated[resource.OrganizationInvitation], error) {
	found, total, err := s.accounts.Organizations.Invitations.To(ctx, u, what)
	if err != nil {
		return resource.Paginated[resource.OrganizationInvitation]{}, err
	}
	return s.invitations(ctx, found, total, true)
}

// invitations leaves out invitations whose organization is deleted.
func (s *Shelf) invitations(ctx context.Context, found []domain.Invitation, total int64, whole bool) (resource.Paginated[resource.OrganizationInvitation], error) {
	out := resource.Paginated[resource.OrganizationInvitation]{Data: []resource.OrganizationInvitation{}, TotalCount: total}
	for i := range found {
		one := &found[i]
		o, err := s.place(ctx, one.Organization)
		if err != nil {
			return out, err
		}
		if o == nil {
			continue
		}
		inviter, err := s.inviter(ctx, one)
		if err != nil {
			return out, err
		}
		if !whole {
			o = nil
		}
		out.Data = append(out.Data, s.make.Invitation(one, inviter, o))
	}
	return out, nil
}

func (s *Shelf) inviter(ctx context.Context, i *domain.Invitation) (*users.User, error) {
	if i.Inviter == "" {
		return nil, nil
	}
	return s.person(ctx, i.Inviter)
}

// Invitation returns the resource of an invitation.
func (s *Shelf) Invitation(ctx context.Context, i *domain.Invitation) (resource.OrganizationInvitation, error) {
	inviter, err := s.inviter(ctx, i)
	return s.make.Invitation(i, inviter, nil), err
}
