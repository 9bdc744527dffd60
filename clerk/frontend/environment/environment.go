package environment

import (
	"cmp"
	"context"

	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Deps are the dependencies of the action.
type Deps struct {
	Rules   *rules.InForce
	Dialect *api.Dialect
	// MinPassword and MaxPassword are the lengths of passwords.
	MinPassword, MaxPassword int
	// Sends reports whether codes are sent to a kind of contacts.
	Sends func(contact string) bool
	// Links reports whether links are sent in place of codes to e-mail addresses.
	Links func() bool
}

// Name is the name of the controller.
const Name = "clerk-environment"

// New declares the action.
func New(deps Deps) api.Controller {
	return api.Controller{
		Name: Name, About: "What the instance is and has, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			// Pages of development instances send PATCH.
			api.Action[api.None, Environment]{
				Name: frontend.GetEnvironment, Routes: api.Routes{"GET /environment", "PATCH /environment"}, Summary: "Returns what the instance is and has.", Run: deps.get,
			},
		},
	}
}

// object is a part of the environment.
type object = map[string]any

// Environment is what the instance is and has.
type Environment struct {
	Auth          object `json:"auth_config"`
	Display       object `json:"display_config"`
	User          object `json:"user_settings"`
	Organizations object `json:"organization_settings"`
	Fraud         object `json:"fraud_settings"`
	Commerce      object `json:"commerce_settings"`
	APIKeys       object `json:"api_keys_settings"`
	Protect       object `json:"protect_config"`
	Debug         bool   `json:"client_debug_mode"`
	Partitioned   bool   `json:"partitioned_cookies"`
	Maintenance   bool   `json:"maintenance_mode"`
}

func (d Deps) get(_ context.Context, req *api.Request, _ api.None) (Environment, error) {
	r, development := d.Rules.Now(), frontend.Of(req).Development
	return Environment{
		Auth: d.auth(r, development), Display: display(r, development), User: d.user(r, development), Organizations: organizations(r),
		Fraud:    object{"object": "fraud_settings", "id": nil, "native": object{"device_attestation_mode": "disabled"}},
		Commerce: object{"object": "commerce_settings", "billing": object{"stripe_publishable_key": nil, "enabled": false, "has_paid_user_plans": false, "has_paid_org_plans": false, "free_trial_requires_payment_method": false, "user": object{"enabled": false, "has_paid_plans": false}, "organization": object{"enabled": false, "has_paid_plans": false}}},
		APIKeys:  object{"object": "api_keys_settings", "id": nil, "enabled": false, "user_api_keys_enabled": false, "show_in_user_profile": false, "orgs_api_keys_enabled": false, "show_in_org_profile": false},
		Protect:  object{"object": "protect_config", "id": nil},
	}, nil
}

// auth has the members that browsers read, and those of other clients.
func (d Deps) auth(r *rules.Rules, development bool) object {
	firsts := []string{}
	if r.Password != rules.Off {
		firsts = append(firsts, "password")
	}
	for _, kind := range []string{email, phone} {
		firsts = append(firsts, d.firsts(kind)...)
	}
	return object{
		"object": "auth_config", "id": "aconf_kuzzle", "first_name": r.FirstName, "last_name": r.LastName, "email_address": r.Email,
		"phone_number": d.phone(r), "username": r.Username, "password": r.Password, "identification_requirements": d.requirements(r),
		"identification_strategies": d.identifiers(r), "first_factors": firsts, "second_factors": seconds(r),
		"email_address_verification_strategies": list(d.verifications(email)), "single_session_mode": !r.MultiSession,
		"enhanced_email_deliverability": false, "test_mode": development, "cookieless_dev": development,
		"url_based_session_syncing": development, "claimed_at": nil, "reverification": true, "preferred_channels": nil,
		"native_settings": object{"object": "native_settings", "api_enabled": false},
	}
}

// Kinds of contacts.
const (
	email = "email"
	phone = "phone"
)

// verifications are the strategies by which a kind of contacts is verified.
func (d Deps) verifications(contact string) []string {
	if !d.Sends(contact) {
		return nil
	}
	return append([]string{contact + "_code"}, d.links(contact)...)
}

// links is the strategy by a link, if there is one for a kind of contacts.
func (d Deps) links(contact string) []string {
	if contact != email || !d.Links() {
		return nil
	}
	return []string{"email_link"}
}

// firsts are the strategies by which a kind of contacts signs in.
func (d Deps) firsts(contact string) []string {
	if !d.Sends(contact) {
		return nil
	}
	return append([]string{contact + "_code", "reset_password_" + contact + "_code"}, d.links(contact)...)
}

func (d Deps) requirements(r *rules.Rules) [][]string {
	out := [][]string{}
	for _, name := range d.identifiers(r) {
		out = append(out, []string{name})
	}
	return out
}

func (d Deps) identifiers(r *rules.Rules) []string {
	out := []string{}
	// In this order: forms ask for the first of them.
	for _, kind := range []struct {
		name string
		need rules.Need
	}{{"email_address", r.Email}, {"phone_number", d.phone(r)}, {"username", r.Username}} {
		if kind.need != rules.Off {
			out = append(out, kind.name)
		}
	}
	return out
}

func seconds(r *rules.Rules) []string {
	out := []string{}
	if r.TOTP != rules.Off {
		out = append(out, "totp")
	}
	if r.BackupCodes != rules.Off {
		out = append(out, "backup_code")
	}
	return out
}

// display has no address of a page but those of the application for signing in and up, if they are known.
func display(r *rules.Rules, development bool) object {
	kind := "production"
	if development {
		kind = "development"
	}
	name := cmp.Or(r.Application, "Kuzzle")
	out := object{
		"object": "display_config", "id": "display_config_kuzzle", "instance_environment_type": kind, "application_name": name,
		"theme": theme, "preferred_sign_in_strategy": "password", "branded": false, "show_devmode_warning": false,
		"captcha_public_key": nil, "captcha_widget_type": nil, "captcha_public_key_invisible": nil, "captcha_provider": nil,
		"captcha_oauth_bypass": []string{}, "captcha_heartbeat": false, "captcha_heartbeat_interval_ms": nil,
		"experimental_force_oauth_first": false, "clerk_js_version": "6", "google_one_tap_client_id": nil,
		"sign_in_url": r.SignInURL, "sign_up_url": r.SignUpURL,
	}
	for _, missing := range []string{
		"logo_image_url", "favicon_image_url", "support_email", "help_url", "privacy_policy_url", "terms_url", "logo_link_url", "logo_url", "favicon_url",
	} {
		out[missing] = nil
	}
	for _, missing := range []string{
		"home_url", "user_profile_url", "waitlist_url", "after_sign_in_url", "after_sign_up_url", "after_sign_out_one_url",
		"after_sign_out_all_url", "after_switch_session_url", "after_leave_organization_url", "after_create_organization_url", "after_join_waitlist_url",
		"organization_profile_url", "create_organization_url",
	} {
		out[missing] = ""
	}
	return out
}

var theme = object{
	"buttons":  object{"font_color": "#ffffff", "font_family": "inherit", "font_weight": "600"},
	"general":  object{"color": "#2f3037", "padding": "1em", "box_shadow": "0 2px 8px rgba(0, 0, 0, 0.2)", "font_color": "#151515", "font_family": "inherit", "border_radius": "0.5em", "background_color": "#ffffff", "label_font_weight": "600"},
	"accounts": object{"background_color": "#ffffff"},
}

func organizations(r *rules.Rules) object {
	return object{
		"object": "organization_settings", "enabled": !r.NoOrganizations, "max_allowed_memberships": cmp.Or(r.MaxMemberships, 100_000), "max_allowed_roles": 10, "max_role_sets_allowed": 1,
		"force_organization_selection": false, "actions": object{"admin_delete": r.AdminDelete}, "domains": object{"enabled": false, "enrollment_modes": []string{}, "default_role": nil},
		"slug": object{"disabled": r.NoSlugs}, "creator_role": "org:admin",
	}
}
