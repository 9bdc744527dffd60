package edge

// Errors of invitations, and of tokens for logins.
var (
	InvitationPending      = declare("duplicate_record.invitation", 400, "This address already has an open invitation.")
	InvitationRevoked      = declare("invitation_already_revoked", 400, "The invitation was already revoked.")
	InvitationAccepted     = declare("invitation_already_accepted", 400, "The invitation was already accepted.")
	InvitationsOff         = declare("invitations_not_supported", 400, "E-mail addresses are off for this instance.")
	SignInTokenIrrevocable = declare("sign_in_token_cannot_be_revoked_code", 400, "The sign-in token was used or revoked, or has expired.")
	ActorTokenIrrevocable  = declare("actor_token_cannot_be_revoked_code", 400, "The actor token was used or revoked, or has expired.")
	ByMail                 = declare("authorization_invalid.by_mail", 403, "A limited key can only invite by mail, and without its own page: leave out notify: false and redirect_url, and set notify.mail.")
	NoMail                 = declare("service_unavailable.mail", 503, "This server sends no mail: set notify.mail, or send notify: false.")
	NoPublicURL            = declare("request_invalid_for_instance.public_url", 400, "This request needs a link, but the server does not know its public URL: start it with --public-url.")
)
