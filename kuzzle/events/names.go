package events

// The events. Their subject is a user unless the comment says otherwise.
const (
	UserCreated  = "user.created"
	UserUpdated  = "user.updated"
	UserReplaced = "user.replaced"
	UserDeleted  = "user.deleted"
	UserImported = "user.imported"
	UserBanned   = "user.banned"
	UserUnbanned = "user.unbanned"
	UserLocked   = "user.locked"
	UserUnlocked = "user.unlocked"
	// The user has another picture, or none any more.
	PictureChanged = "picture.changed"
	PictureDeleted = "picture.deleted"
	// Changed are the kinds of metadata.
	MetadataUpdated = "metadata.updated"

	CredentialsCreated = "credentials.created"
	CredentialsUpdated = "credentials.updated"
	CredentialsDeleted = "credentials.deleted"
	PasswordReset      = "password.reset"

	// Of contacts of the user. A contact that becomes verified, also one that is
	// created so, is verified.
	ContactCreated  = "contact.created"
	ContactVerified = "contact.verified"
	ContactUpdated  = "contact.updated"
	ContactDeleted  = "contact.deleted"
	// A code for a contact was not taken.
	ContactRefused = "contact.refused"
	// Somebody was given a single-use token for the user, such as one that sets a
	// new password.
	FlowCreated = "flow.created"

	// Of a session; a refused one has no subject when nobody has that name.
	SessionCreated = "session.created"
	SessionRevoked = "session.revoked"
	SessionRefused = "session.refused"
	// A user's first factor was proved, and the login waits for a second.
	SessionChallenged = "session.challenged"
	// Of nobody: a login came too soon after failures.
	ThrottleRefused = "throttle.refused"

	// Of an API key.
	APIKeyCreated = "apikey.created"
	APIKeyDeleted = "apikey.deleted"
	// Of many at once.
	APIKeyImported = "apikey.imported"

	// Of a role or profile.
	RoleCreated    = "role.created"
	RoleUpdated    = "role.updated"
	RoleDeleted    = "role.deleted"
	ProfileCreated = "profile.created"
	ProfileUpdated = "profile.updated"
	ProfileDeleted = "profile.deleted"

	// Of a collection: its mappings.
	MappingUpdated = "mapping.updated"

	// Of whoever may do more than before: a user, a role or a profile.
	RightsGranted = "rights.granted"
	// Of nobody: somebody asked for what they may not do.
	RightsRefused = "rights.refused"

	// Of the server.
	SecurityReset  = "security.reset"
	SecurityLoaded = "security.loaded"
	AdminFirst     = "admin.first"
	KeysRotated    = "keys.rotated"
	// Of a setting.
	SettingChanged = "setting.changed"
	// Of the instance: what is kept for its pages. The others are of an identifier on the
	// lists of who may and may not sign up.
	InstanceUpdated  = "instance.updated"
	AllowlistAdded   = "allowlist.added"
	AllowlistRemoved = "allowlist.removed"
	BlocklistAdded   = "blocklist.added"
	BlocklistRemoved = "blocklist.removed"
	// Of a webhook endpoint; of a replay of all dead letters, of none.
	WebhookCreated  = "webhook.created"
	WebhookDeleted  = "webhook.deleted"
	WebhookReplayed = "webhook.replayed"
	// Of a service key.
	ServiceKeyCreated = "servicekey.created"
	ServiceKeyRevoked = "servicekey.revoked"
	// Of a template of tokens.
	TemplateCreated = "template.created"
	TemplateUpdated = "template.updated"
	TemplateDeleted = "template.deleted"

	// Of an organization. Those of memberships have the member's kuid as Owner, and the
	// role among RoleIDs.
	OrganizationCreated            = "organization.created"
	OrganizationUpdated            = "organization.updated"
	OrganizationDeleted            = "organization.deleted"
	OrganizationImported           = "organization.imported" // and members and invitations, many at once
	MembershipCreated              = "organizationMembership.created"
	MembershipUpdated              = "organizationMembership.updated"
	MembershipDeleted              = "organizationMembership.deleted"
	OrganizationInvitationCreated  = "organizationInvitation.created"
	OrganizationInvitationAccepted = "organizationInvitation.accepted"
	OrganizationInvitationRevoked  = "organizationInvitation.revoked"

	// Of an invitation. The one who accepted it is its Owner.
	InvitationCreated  = "invitation.created"
	InvitationAccepted = "invitation.accepted"
	InvitationRevoked  = "invitation.revoked"
	InvitationDeleted  = "invitation.deleted"
)

// Names lists every event, by subject.
func Names() []string {
	return []string{
		UserCreated, UserUpdated, UserReplaced, UserDeleted, UserImported,
		UserBanned, UserUnbanned, UserLocked, UserUnlocked, MetadataUpdated, PictureChanged, PictureDeleted,
		CredentialsCreated, CredentialsUpdated, CredentialsDeleted, PasswordReset, FlowCreated,
		ContactCreated, ContactVerified, ContactUpdated, ContactDeleted, ContactRefused,
		SessionCreated, SessionRevoked, SessionRefused, SessionChallenged, ThrottleRefused,
		APIKeyCreated, APIKeyDeleted, APIKeyImported,
		RoleCreated, RoleUpdated, RoleDeleted, ProfileCreated, ProfileUpdated, ProfileDeleted,
		RightsGranted, RightsRefused,
		MappingUpdated, SecurityReset, SecurityLoaded, AdminFirst, KeysRotated, SettingChanged,
		InstanceUpdated, AllowlistAdded, AllowlistRemoved, BlocklistAdded, BlocklistRemoved,
		WebhookCreated, WebhookDeleted, WebhookReplayed,
		ServiceKeyCreated, ServiceKeyRevoked, TemplateCreated, TemplateUpdated, TemplateDeleted,
		OrganizationCreated, OrganizationUpdated, OrganizationDeleted, OrganizationImported, MembershipCreated, MembershipUpdated, MembershipDeleted,
		OrganizationInvitationCreated, OrganizationInvitationAccepted, OrganizationInvitationRevoked,
		InvitationCreated, InvitationAccepted, InvitationRevoked, InvitationDeleted,
	}
}

// SecretChanged is in Changed where credentials prove their user by something else
// than before, such as a new password.
const SecretChanged = "secret"

// What is in Changed of contacts.
const (
	VerifiedChanged = "verified"
	PrimaryChanged  = "primary"
	ReservedChanged = "reserved"
	// SecondFactorChanged is about a phone that codes are sent to.
	SecondFactorChanged = "secondFactor"
)

// Kinds of subject.
const (
	User       = "user"
	Session    = "session"
	APIKey     = "apikey"
	Role       = "role"
	Profile    = "profile"
	Collection = "collection"
	Server     = "server"
	Setting    = "setting"
	Instance   = "instance"
	Identifier = "identifier"
	Webhook    = "webhook"
	ServiceKey = "servicekey"
	Template   = "template"

	Organization = "organization"
	Invitation   = "invitation"
)

// Outcomes.
const (
	// Done: it has happened.
	Done = "done"
	// Refused: it was asked for and did not happen, by a rule.
	Refused = "refused"
	// Failed: it was asked for and did not happen, by a fault of ours.
	Failed = "failed"
)
