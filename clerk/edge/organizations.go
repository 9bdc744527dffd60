package edge

// Clerk's errors about organizations.
var (
	CreatorNotFound       = declare("organization_creator_not_found", 400, "%v is not the id of a user.")
	OrganizationNotFound  = declare("organization_not_found_or_unauthorized", 404, "The organization or member does not exist, or this key must not see it.")
	CreationLimit         = declare("org_creation_limit_exceeded", 403, "This user may not create more organizations.")
	MembershipQuota       = declare("organization_membership_quota_exceeded", 403, "The organization has its maximum number of members, including open invitations.")
	AlreadyMember         = declare("already_a_member_in_organization", 400, "The user is already a member of the organization.")
	MinimumPermissions    = declare("organization_minimum_permissions_needed", 400, "This would leave the organization without an administrator. Make another member administrator first.")
	InvitationNotUnique   = declare("organization_invitation_not_unique", 400, "This address already has an open invitation to the organization.")
	OrganizationsOff      = declare("organization_not_enabled_in_instance", 403, "Organizations are off for this instance.")
	SlugsOff              = declare("organization_slugs_disabled", 403, "%v cannot be given: slugs are off for this instance.")
	InvitationNotPending  = declare("organization_invitation_not_pending", 404, "The invitation was accepted or revoked, or has expired.")
	OrganizationCreateOff = declare("user_create_organization_not_enabled", 403, "You may not create organizations.")
	Unacquainted          = declare("resource_not_found.acquaintance", 404, "No user of your organizations has this id. Invite anybody else by their e-mail address.")
	RoleForbids           = declare("not_an_admin_in_organization", 403, "Your role in this organization does not allow this.")
)
