package instance

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	domain "github.com/gokuzzle/kuzzle/kuzzle/instance"
)

// organizations returns the actions on the settings of organizations.
func (c *controller) organizations() []api.Declared {
	return []api.Declared{
		api.Action[api.None, OrganizationSettings]{
			Name: "getOrganizationSettings", Routes: api.Routes{"GET /instance/organization_settings"}, Summary: "Reads the settings of organizations.",
			Run: func(context.Context, *api.Request, api.None) (OrganizationSettings, error) {
				return c.organizationSettings(), nil
			},
		},
		api.Action[groups, OrganizationSettings]{
			Name: "updateOrganizationSettings", Routes: api.Routes{"PATCH /instance/organization_settings"},
			Summary: "Changes the settings of organizations.", Run: c.updateOrganizations,
		},
	}
}

// OrganizationSettings are the settings of organizations. Roles are fixed, and there are
// no domains.
type OrganizationSettings struct {
	Object          string   `json:"object"`
	Enabled         bool     `json:"enabled"`
	MaxMemberships  int      `json:"max_allowed_memberships"`
	MaxRoles        int      `json:"max_allowed_roles"`
	MaxPermissions  int      `json:"max_allowed_permissions"`
	CreatorRole     string   `json:"creator_role"`
	AdminDelete     bool     `json:"admin_delete_enabled"`
	Domains         bool     `json:"domains_enabled"`
	NoSlugs         bool     `json:"slug_disabled"`
	EnrollmentModes []string `json:"domains_enrollment_modes"`
	DomainsRole     string   `json:"domains_default_role"`
}

func (c *controller) organizationSettings() OrganizationSettings {
	r, all := c.Rules.Now(), organizations.Roles()
	out := OrganizationSettings{
		Object: "organization_settings", Enabled: !r.NoOrganizations, MaxMemberships: r.MaxMemberships, AdminDelete: r.AdminDelete, NoSlugs: r.NoSlugs,
		MaxRoles: len(all), CreatorRole: organizations.Admin, DomainsRole: organizations.Member, EnrollmentModes: []string{},
	}
	for _, role := range all {
		out.MaxPermissions = max(out.MaxPermissions, len(role.Permissions))
	}
	return out
}

// groups has the arguments of updateOrganizationSettings. An absent or null argument
// changes nothing.
type groups struct {
	Enabled         edge.Flag   `body:"enabled"`
	MaxMemberships  edge.Number `body:"max_allowed_memberships"`
	AdminDelete     edge.Flag   `body:"admin_delete_enabled"`
	Domains         edge.Flag   `body:"domains_enabled"`
	NoSlugs         edge.Flag   `body:"slug_disabled"`
	EnrollmentModes edge.Texts  `body:"domains_enrollment_modes"`
	CreatorRole     edge.Text   `body:"creator_role_id"`
	DomainsRole     edge.Text   `body:"domains_default_role_id"`
}

func (c *controller) updateOrganizations(ctx context.Context, req *api.Request, args groups) (OrganizationSettings, error) {
	var j edge.Judging
	if most := args.MaxMemberships.Value; most < 0 || most > organizations.MaxMemberships {
		j.Refuse(edge.ValueInvalid, "max_allowed_memberships")
	}
	never(&j, "domains_enabled", args.Domains)
	if len(args.EnrollmentModes.Values) > 0 {
		j.Refuse(edge.FeatureNotEnabled, "domains_enrollment_modes")
	}
	for _, role := range []struct {
		param, only string
		given       edge.Text
	}{{"creator_role_id", organizations.Admin, args.CreatorRole}, {"domains_default_role_id", organizations.Member, args.DomainsRole}} {
		if role.given.Is() && role.given.Value != role.only {
			j.Refuse(edge.ReferenceNotFound, role.param)
		}
	}
	if err := j.Err(); err != nil {
		return OrganizationSettings{}, err
	}
	slugs := edge.Flag{Value: !args.NoSlugs.Value, Nullable: args.NoSlugs.Nullable}
	values := flags(map[string]edge.Flag{
		"clerk.organizations.enabled": args.Enabled, "clerk.organizations.adminDelete": args.AdminDelete, "clerk.organizations.slugs": slugs,
	})
	if args.MaxMemberships.Is() {
		values["clerk.organizations.maxMemberships"], _ = json.Marshal(args.MaxMemberships.Value)
	}
	_, err := c.set(ctx, req, values, func(*domain.Facts) {})
	return c.organizationSettings(), err
}
