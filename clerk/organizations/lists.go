package organizations

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// listing has the arguments of getOrganizationList.
type listing struct {
	shown
	Query   edge.Text  `arg:"query"`
	UserIDs edge.Texts `arg:"user_id"`
	IDs     edge.Texts `arg:"organization_id"`
	OrderBy edge.Texts `arg:"order_by"`
	page
}

var organizationOrders = map[string]string{"created_at": domain.ByCreation, "name": domain.ByName, "members_count": domain.ByMembers}

func (c *controller) list(ctx context.Context, req *api.Request, args listing) (resource.Paginated[resource.Organization], error) {
	out := resource.Paginated[resource.Organization]{Data: []resource.Organization{}}
	if err := allowed(req, ""); err != nil {
		return out, err
	}
	j := &judging{}
	what := domain.Search{Query: j.part(args.Query), Page: j.page(args.page, args.OrderBy, organizationOrders)}
	what.IDs, what.NotIDs = j.Chosen("organization_id", args.IDs)
	what.Of, what.NotOf = j.Chosen("user_id", args.UserIDs)
	if err := j.Err(); err != nil {
		return out, err
	}
	found, total, err := c.Search(ctx, what)
	for i := range found {
		out.Data = append(out.Data, args.of(c.Make, &found[i]))
	}
	out.TotalCount = total
	return out, err
}

// maxPart is the maximum length of a search text.
const maxPart = 256

func (j *judging) part(given edge.Text) string {
	if len(given.Value) > maxPart {
		j.Refuse(edge.SizeExceeded, "query")
	}
	return given.Value
}

// shelf caches the users and organizations of a list, nil for deleted ones.
type shelf struct {
	c      *controller
	people map[string]*users.User
	places map[string]*domain.Organization
}

func (c *controller) shelf() *shelf {
	return &shelf{c, map[string]*users.User{}, map[string]*domain.Organization{}}
}

func (s *shelf) person(ctx context.Context, kuid string) (*users.User, error) {
	if u, known := s.people[kuid]; known {
		return u, nil
	}
	u, err := s.c.Accounts.Users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		u, err = nil, nil
	}
	if err == nil {
		s.people[kuid] = u
	}
	return u, err
}

func (s *shelf) place(ctx context.Context, id string) (*domain.Organization, error) {
	if o, known := s.places[id]; known {
		return o, nil
	}
	var known *domain.Organization
	o, err := s.c.Organization(ctx, id)
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
func (s *shelf) memberships(ctx context.Context, all []domain.Membership) ([]resource.OrganizationMembership, error) {
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
			out = append(out, s.c.Make.Membership(m, o, u))
		}
	}
	return out, nil
}

// membership returns the resource of a membership that a change returned, or its error.
func (c *controller) membership(ctx context.Context, m domain.Membership, err error) (resource.OrganizationMembership, error) {
	if err != nil {
		return resource.OrganizationMembership{}, err
	}
	shown, err := c.shelf().memberships(ctx, []domain.Membership{m})
	if err == nil && len(shown) == 0 {
		err = domain.ErrNoMember.New(m.Kuid, m.Organization)
	}
	if err != nil {
		return resource.OrganizationMembership{}, err
	}
	return shown[0], nil
}
