package edge

// Clerk's errors about organizations.
var (
	CreatorNotFound      = declare("organization_creator_not_found", 400, "%v names no user.")
	OrganizationNotFound = declare("organization_not_found_or_unauthorized", 404, "There is no such organization or member, or this key may not see it.")
	CreationLimit        = declare("org_creation_limit_exceeded", 403, "This user may not create more organizations.")
	MembershipQuota      = declare("organization_membership_quota_exceeded", 403, "The organization has as many members as it may have, open invitations counted.")
	AlreadyMember        = declare("already_a_member_in_organization", 400, "The user is a member of the organization already.")
	MinimumPermissions   = declare("organization_minimum_permissions_needed", 400, "This would leave nobody who may manage the organization. Make somebody else administrator first.")
	InvitationNotUnique  = declare("organization_invitation_not_unique", 400, "This address has an open invitation to the organization already.")
	OrganizationsOff     = declare("organization_not_enabled_in_instance", 403, "Organizations are off for this instance.")
	SlugsOff             = declare("organization_slugs_disabled", 403, "%v cannot be given: slugs are off for this instance.")
	InvitationNotPending = declare("organization_invitation_not_pending", 404, "The invitation was accepted or revoked, or has expired.")
)
