package accounts

import "context"

// The domain's events, as audit and listeners know them.
const (
	EventUserCreated        = "user.created"
	EventUserUpdated        = "user.updated"
	EventUserReplaced       = "user.replaced"
	EventUserDeleted        = "user.deleted"
	EventCredentialsCreated = "credentials.created"
	EventCredentialsUpdated = "credentials.updated"
	EventCredentialsDeleted = "credentials.deleted"
	EventSessionCreated     = "session.created"
	EventSessionRefused     = "session.refused"
	EventSessionRevoked     = "session.revoked"
	EventKeyCreated         = "apikey.created"
	EventKeyDeleted         = "apikey.deleted"
	EventProfileDeleted     = "profile.deleted"
	EventSecurityReset      = "security.reset"
	EventSecurityLoaded     = "security.loaded"
	EventSessionsDropped    = "sessions.dropped"
)

func (a *Accounts) emit(ctx context.Context, name string, by Actor, kuid string, data map[string]any) {
	a.Emit(ctx, Event{Name: name, By: by, Kuid: kuid, Outcome: "success", Data: data})
}
