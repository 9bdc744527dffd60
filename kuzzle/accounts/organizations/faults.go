package organizations

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// The faults of this package. The comment at each names its props.
var (
	// The id or slug.
	ErrNotFound = fault.Declare(0x401f0001, "organizations.organization.not_found", 404, "The organization %q does not exist.")
	// The limit.
	ErrName = fault.Declare(0x401f0002, "organizations.organization.invalid_name", 400, "name: give 1 to %d characters on one line.")
	ErrSlug = fault.Declare(0x401f0003, "organizations.organization.invalid_slug", 400, "slug: give 1 to %d lower-case letters, digits and dashes, with no dash at either end.")
	// The slug.
	ErrSlugTaken = fault.Declare(0x401f0004, "organizations.organization.slug_taken", 412, "An organization has the slug %q already. Choose another.")
	// The limit of a limit.
	ErrLimit = fault.Declare(0x401f0005, "organizations.organization.invalid_limit", 400, "maxMemberships: give a number up to %d, or 0 for no limit.")
	// The user.
	ErrCreator = fault.Declare(0x401f0006, "organizations.organization.creator_not_found", 400, "createdBy: the user %q does not exist.")
	// The user.
	ErrCreationOff = fault.Declare(0x401f0007, "organizations.organization.creation_disabled", 403, "The user %q may not create organizations.")
	// The user, the limit.
	ErrCreationLimit = fault.Declare(0x401f0008, "organizations.organization.creation_limit", 403, "The user %q may create at most %d organizations, and has created them.")
	// The organization.
	ErrNoLogo = fault.Declare(0x401f000a, "organizations.organization.logo_not_found", 404, "The organization %q has no logo.")
	// The beginning of ids.
	ErrID = fault.Declare(0x401f000b, "organizations.organization.invalid_id", 400, "id: give one that begins with %s, of at most 100 letters, digits and underscores.")

	// The organization, the limit.
	ErrMembershipLimit = fault.Declare(0x401f0020, "organizations.membership.limit", 403, "The organization %q has %d members, which is its limit.")
	// The user, the organization.
	ErrMember   = fault.Declare(0x401f0021, "organizations.membership.already_exists", 412, "The user %q is a member of the organization %q already.")
	ErrNoMember = fault.Declare(0x401f0022, "organizations.membership.not_found", 404, "The user %q is not a member of the organization %q.")
	// The organization.
	ErrLastAdmin = fault.Declare(0x401f0023, "organizations.membership.last_administrator", 412, "This is the last administrator of the organization %q. Make somebody else administrator first.")
	// The roles.
	ErrRole = fault.Declare(0x401f0024, "organizations.membership.invalid_role", 400, "role: give one of %s.")
	// The user, the organization.
	ErrForbidden = fault.Declare(0x401f0025, "organizations.membership.forbidden", 403, "The role of the user %q in the organization %q does not allow this.")

	// The remedy.
	ErrEmail = fault.Declare(0x401f0040, "organizations.invitation.invalid_email", 400, "email: give %s.")
	// The organization.
	ErrInvited = fault.Declare(0x401f0041, "organizations.invitation.already_exists", 412, "This address is invited to the organization %q already.")
	// The invitation, the organization.
	ErrNoInvitation = fault.Declare(0x401f0042, "organizations.invitation.not_found", 404, "The invitation %q to the organization %q does not exist.")
	// The invitation, its status.
	ErrNotPending = fault.Declare(0x401f0043, "organizations.invitation.not_pending", 412, "The invitation %q is %s.")
	// The user.
	ErrInviter = fault.Declare(0x401f0044, "organizations.invitation.inviter_not_found", 400, "inviter: the user %q is not a member of the organization.")
	// The limit.
	ErrDays = fault.Declare(0x401f0045, "organizations.invitation.invalid_expiry", 400, "expiresIn: give 1 to %d days.")
)
