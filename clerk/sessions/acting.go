package sessions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
)

// acting is the organization that a session acts for, with the user's membership.
type acting struct {
	organization organizations.Organization
	membership   organizations.Membership
}

// acting returns the organization that a session acts for: nil without one, and if the
// user is no longer a member.
func (c *Deps) acting(ctx context.Context, s sessions.Session) (*acting, error) {
	if s.Acting == nil {
		return nil, nil
	}
	all := c.Accounts.Organizations
	m, err := all.Members.Held(ctx, s.Acting.Organization, s.Kuid, s.Acting.Membership)
	var o organizations.Organization
	if err == nil {
		o, err = all.Organization(ctx, m.Organization)
	}
	switch {
	case noMember(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &acting{o, m}, nil
}

func noMember(err error) bool {
	return errors.Is(err, organizations.ErrNoMember) || errors.Is(err, organizations.ErrNotFound)
}

// begins returns the organization that a new session acts for, nil for none.
func (c *controller) begins(ctx context.Context, kuid string, organization edge.Text) (*sessions.Acting, error) {
	if organization.Value == "" {
		return nil, nil
	}
	m, err := c.Accounts.Organizations.Members.Membership(ctx, organization.Value, kuid)
	if noMember(err) {
		return nil, edge.OrganizationNotFound.New()
	}
	return &sessions.Acting{Organization: m.Organization, Membership: m.ID}, err
}

// claims returns the claims about the organization in a session's token, in the second or
// the first version of tokens.
func (a *acting) claims(second bool) map[string]any {
	role, _ := organizations.RoleOf(a.membership.Role)
	if !second {
		return map[string]any{"org_id": a.organization.ID, "org_slug": a.organization.Slug, "org_role": role.Key, "org_permissions": role.Permissions}
	}
	features, permissions, has := folded(role.Permissions)
	return map[string]any{"fea": features, "o": map[string]any{
		"id": a.organization.ID, "slg": a.organization.Slug, "rol": strings.TrimPrefix(role.Key, ofOrganization), "per": permissions, "fpm": has,
	}}
}

// ofOrganization begins the keys of roles and permissions.
const ofOrganization = "org:"

// folded converts permissions org:<feature>:<permission> to the form of the second version
// of tokens: the features, the permissions, and for each feature a number whose bits tell
// which permissions it has; the first permission is the lowest bit.
func folded(keys []string) (features, permissions, has string) {
	var all, names, bits []string
	masks := map[string]int{}
	for _, key := range keys {
		feature, name, _ := strings.Cut(strings.TrimPrefix(key, ofOrganization), ":")
		if !slices.Contains(all, feature) {
			all = append(all, feature)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		masks[feature] |= 1 << slices.Index(names, name)
	}
	for i, feature := range all {
		bits = append(bits, fmt.Sprint(masks[feature]))
		all[i] = "o:" + feature
	}
	return strings.Join(all, ","), strings.Join(names, ","), strings.Join(bits, ",")
}
