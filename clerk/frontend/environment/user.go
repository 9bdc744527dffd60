package environment

import "github.com/gokuzzle/kuzzle/clerk/rules"

// attribute is an attribute of users. Forms are built from these.
func attribute(need rules.Need, first, second, verifications []string) object {
	on := need != rules.Off
	if !on {
		first, second, verifications = nil, nil, nil
	}
	return object{
		"enabled": on, "required": need == rules.Required, "used_for_first_factor": len(first) > 0, "first_factors": list(first),
		"used_for_second_factor": len(second) > 0, "second_factors": list(second), "verifications": list(verifications),
		"verify_at_sign_up": len(verifications) > 0, "immutable": false,
	}
}

// phone returns the need for phone numbers. Without messages nobody can verify one at a sign-up.
func (d Deps) phone(r *rules.Rules) rules.Need {
	if !d.Sends(phone) {
		return rules.Off
	}
	return r.Phone
}

func list(of []string) []string {
	if of == nil {
		return []string{}
	}
	return of
}

// user has the settings of users. A browser of a development instance is not recognized by a link.
func (d Deps) user(r *rules.Rules, development bool) object {
	off := object{"enabled": false}
	attributes := object{
		"email_address":     attribute(r.Email, d.firsts(email), nil, d.verifications(email)),
		"phone_number":      attribute(d.phone(r), d.firsts(phone), nil, d.verifications(phone)),
		"username":          attribute(r.Username, nil, nil, nil),
		"web3_wallet":       attribute(rules.Off, nil, nil, nil),
		"first_name":        attribute(r.FirstName, nil, nil, nil),
		"last_name":         attribute(r.LastName, nil, nil, nil),
		"password":          attribute(r.Password, nil, nil, nil),
		"authenticator_app": attribute(r.TOTP, nil, []string{"totp"}, nil),
		"ticket":            attribute(rules.Off, nil, nil, nil),
		"backup_code":       attribute(r.BackupCodes, nil, []string{"backup_code"}, nil),
		"passkey":           attribute(rules.Off, nil, nil, nil),
	}
	// A name signs in whatever proves the person; the forms ask for one of these.
	for _, name := range []string{"email_address", "phone_number", "username"} {
		attributes[name].(object)["used_for_first_factor"] = attributes[name].(object)["enabled"]
	}
	return object{
		"object": "user_settings", "attributes": attributes, "social": object{}, "saml": off,
		"enterprise_sso": object{"enabled": false, "self_serve_sso": false},
		"sign_in":        object{"second_factor": object{"required": false, "enabled": len(seconds(r)) > 0}},
		"sign_up": object{
			"captcha_enabled": false, "captcha_widget_type": "smart", "custom_action_required": false, "progressive": true,
			"mode": r.SignUp, "legal_consent_enabled": r.Consent, "mfa": object{"required": false},
		},
		"restrictions": object{
			"allowlist": off, "blocklist": off, "block_email_subaddresses": off, "block_disposable_email_domains": off, "ignore_dots_for_gmail_addresses": off,
		},
		"password_settings": object{
			"disable_hibp": !r.RefuseLeaked, "min_length": d.MinPassword, "max_length": d.MaxPassword, "require_special_char": false, "require_numbers": false,
			"require_uppercase": false, "require_lowercase": false, "show_zxcvbn": false, "min_zxcvbn_strength": 0, "enforce_hibp_on_sign_in": false,
			"allowed_special_characters": "",
		},
		"username_settings": object{"min_length": 4, "max_length": 64, "allow_extended_special_characters": false},
		"actions":           object{"delete_self": r.DeleteSelf, "create_organization": r.CreateOrganizations && !r.NoOrganizations, "create_organizations_limit": nil},
		"attack_protection": object{
			"user_lockout": object{"enabled": false, "max_attempts": 100, "duration_in_minutes": 60}, "pii": object{"enabled": false},
			"email_link": object{"require_same_client": !development}, "enumeration_protection": object{"enabled": r.HideIdentifiers},
		},
		"passkey_settings": object{"allow_autofill": false, "show_sign_in_button": false},
	}
}
