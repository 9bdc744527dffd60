package events

// The events. Their subject is a user unless a comment names another.
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
	// The user's picture was set or deleted.
	PictureChanged = "picture.changed"
	PictureDeleted = "picture.deleted"
	// Changed has the kinds of metadata.
	MetadataUpdated = "metadata.updated"

	CredentialsCreated = "credentials.created"
	CredentialsUpdated = "credentials.updated"
	CredentialsDeleted = "credentials.deleted"
	PasswordReset      = "password.reset"

	// For contacts of the user. A contact that becomes verified, or is created verified, has the
	// event verified.
	ContactCreated  = "contact.created"
	ContactVerified = "contact.verified"
	ContactUpdated  = "contact.updated"
	ContactDeleted  = "contact.deleted"
	// A code for a contact was refused.
	ContactRefused = "contact.refused"
	// A single-use token for the user was issued, such as one that sets a new password.
	FlowCreated = "flow.created"

	// For a session. If the login's name is unknown, a refused session has no subject.
	SessionCreated = "session.created"
	SessionRevoked = "session.revoked"
	SessionRefused = "session.refused"
	// A user's first factor was proved, and the login waits for a second.
	SessionChallenged = "session.challenged"
	// Without subject: a login was refused because of earlier failures.
	ThrottleRefused = "throttle.refused"

	// For an API key.
	APIKeyCreated = "apikey.created"
	APIKeyDeleted = "apikey.deleted"
	// For many keys at once.
	APIKeyImported = "apikey.imported"

	// For a role or profile.
	RoleCreated    = "role.created"
	RoleUpdated    = "role.updated"
	RoleDeleted    = "role.deleted"
	ProfileCreated = "profile.created"
	ProfileUpdated = "profile.updated"
	ProfileDeleted = "profile.deleted"

	// For a collection: its mappings.
	MappingUpdated = "mapping.updated"

	// For a user, a role or a profile that gained rights.
	RightsGranted = "rights.granted"
	// Without subject: a caller called an action without the right to it.
	RightsRefused = "rights.refused"

	// For the server.
	SecurityReset  = "security.reset"
	SecurityLoaded = "security.loaded"
	AdminFirst     = "admin.first"
	KeysRotated    = "keys.rotated"
	// For a setting.
	SettingChanged = "setting.changed"
	// InstanceUpdated is for the instance: the data for its pages. The others are for an identifier
	// on the allow list or the block list.
	InstanceUpdated  = "instance.updated"
	AllowlistAdded   = "allowlist.added"
	AllowlistRemoved = "allowlist.removed"
	BlocklistAdded   = "blocklist.added"
	BlocklistRemoved = "blocklist.removed"
	// For a webhook endpoint; a replay of all dead letters has no subject.
	WebhookCreated  = "webhook.created"
	WebhookDeleted  = "webhook.deleted"
	WebhookReplayed = "webhook.replayed"
	// For a service key.
	ServiceKeyCreated = "servicekey.created"
	ServiceKeyRevoked = "servicekey.revoked"
	// For a template of tokens.
	TemplateCreated = "template.created"
	TemplateUpdated = "template.updated"
	TemplateDeleted = "template.deleted"

	// For an organization. The events of memberships have the member's kuid as Owner, and the role
	// in RoleIDs.
	OrganizationCreated            = "organization.created"
	OrganizationUpdated            = "organization.updated"
	OrganizationDeleted            = "organization.deleted"
	OrganizationImported           = "organization.imported" // with its members and invitations, many at once
	MembershipCreated              = "organizationMembership.created"
	MembershipUpdated              = "organizationMembership.updated"
	MembershipDeleted              = "organizationMembership.deleted"
	OrganizationInvitationCreated  = "organizationInvitation.created"
	OrganizationInvitationAccepted = "organizationInvitation.accepted"
	OrganizationInvitationRevoked  = "organizationInvitation.revoked"

	// For an invitation. The user who accepted it is its Owner.
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

// SecretChanged is in Changed if the proof in credentials changed, such as a new password.
const SecretChanged = "secret"

// The values in Changed for contacts.
const (
	VerifiedChanged = "verified"
	PrimaryChanged  = "primary"
	ReservedChanged = "reserved"
	// SecondFactorChanged is for a phone that gets codes.
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
	// Done: it was done.
	Done = "done"
	// Refused: a rule refused the request.
	Refused = "refused"
	// Failed: an internal error stopped the request.
	Failed = "failed"
)
