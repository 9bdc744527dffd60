package kinds

import "strings"

// members are the members of a user, by format, that the import reads or that earlier files have in
// place of others. The rest has no meaning here.
var members = map[string]string{
	"auth0": "user_id _id username email email_verified phone_number phone_verified given_name family_name name nickname picture " +
		"created_at blocked passwordHash password_hash custom_password_hash identities app_metadata user_metadata multifactor mfa_factors",
	Clerk: "id object username first_name last_name primary_email_address_id primary_phone_number_id primary_web3_wallet_id email_addresses phone_numbers " +
		"web3_wallets password_enabled password_digest password_hasher totp_secret totp_enabled backup_codes backup_code_enabled public_metadata " +
		"private_metadata unsafe_metadata has_image image_url passkeys saml_accounts enterprise_accounts created_at last_sign_in_at last_active_at " +
		"banned deprovisioned locked lockout_expires_in_seconds external_accounts requires_password_reset external_id locale timezone legal_accepted_at " +
		"delete_self_enabled create_organization_enabled create_organizations_limit bypass_client_trust",
	"cognito": "Username UserStatus Attributes UserCreateDate Enabled UserMFASettingList MFAOptions",
	"firebase": "localId email emailVerified passwordHash salt displayName photoUrl phoneNumber disabled createdAt lastSignedInAt " +
		"customAttributes providerUserInfo mfaInfo",
	"keycloak": "id username email emailVerified firstName lastName enabled createdTimestamp attributes realmRoles groups credentials " +
		"requiredActions federatedIdentities",
	"ldif": "dn uid cn givenName sn mail mobile telephoneNumber title employeeNumber createTimestamp entryUUID memberOf userPassword " +
		"nsAccountLock pwdReset pwdAccountLockedTime userAccountControl sAMAccountName",
	"kratos": "id state traits credentials verifiable_addresses metadata_public metadata_admin created_at",
	Kuzzle:   "content credentials",
}

// quiet are members that say nothing about a user but what the read ones say.
var quiet = map[string]string{
	"auth0": "id tenant clientID global_client_id _tmp_is_unique connection",
	Clerk: "profile_image_url two_factor_enabled mfa_enabled_at mfa_disabled_at password_last_updated_at organization_memberships " +
		"verification_attempts_remaining updated_at",
	"cognito":  "UserLastModifiedDate PreferredMfaSetting",
	"keycloak": "totp access notBefore self origin",
	"ldif": "version changetype objectClass objectCategory structuralObjectClass entryDN distinguishedName name displayName gecos subschemaSubentry " +
		"hasSubordinates numSubordinates nsUniqueId parentid entryid entryCSN creatorsName modifiersName modifyTimestamp " +
		"uSNCreated uSNChanged whenChanged instanceType dSCorePropagationData objectGUID objectSid",
	"kratos": "schema_id schema_url recovery_addresses state_changed_at",
}

// Knows returns a function that reports whether a member of a user in a format is read or need not
// be read; nil for a format without a list. Case and separators do not count, since some exports
// have labels such as "Email Verified".
func Knows(format string) func(name string) bool {
	if members[format] == "" {
		return nil
	}
	known := map[string]bool{}
	for _, name := range strings.Fields(members[format] + " " + quiet[format]) {
		known[name], known[plain(name)] = true, true
	}
	return func(name string) bool { return known[name] || known[plain(name)] }
}

// plain returns a name without case and separators.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == ' ' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}
