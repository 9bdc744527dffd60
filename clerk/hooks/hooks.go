package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/resource"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

// Types that are not names of events.
const (
	sessionPrefix = "session."

	userCreated = events.UserCreated
	userUpdated = events.UserUpdated
	userDeleted = events.UserDeleted
)

// Format is the webhook format of this package.
var Format = webhooks.Format{
	Name: "clerk", Headers: "Svix-", Events: append([]string{
		userCreated, userUpdated, userDeleted,
		events.OrganizationCreated, events.OrganizationUpdated, events.OrganizationDeleted,
		events.MembershipCreated, events.MembershipUpdated, events.MembershipDeleted,
		events.OrganizationInvitationCreated, events.OrganizationInvitationAccepted, events.OrganizationInvitationRevoked,
		sessionType(sessions.Created),
	}, sessionEnds...),
}

// sessionEnds are the types for the end of a session.
var sessionEnds = []string{sessionType(sessions.Ended), sessionType(sessions.Removed), sessionType(sessions.Revoked)}

func sessionType(what sessions.What) string { return sessionPrefix + string(what) }

// event is the JSON of a message.
type event struct {
	Object     string     `json:"object"`
	Type       string     `json:"type"`
	Data       any        `json:"data"`
	Attributes attributes `json:"event_attributes"`
	// Timestamp is in epoch milliseconds.
	Timestamp  int64  `json:"timestamp"`
	InstanceID string `json:"instance_id"`
}

type attributes struct {
	// Request is the request that caused the change. Its members are "" without one.
	Request struct {
		ClientIP  string `json:"client_ip"`
		UserAgent string `json:"user_agent"`
	} `json:"http_request"`
}

func (o *Outbox) message(by users.Actor, kind, key string, data any) (webhooks.Message, error) {
	e := event{Object: "event", Type: kind, Data: data, Timestamp: o.make.Now().UnixMilli()}
	e.Attributes.Request.ClientIP, e.Attributes.Request.UserAgent = by.Event().Addr, agent(by)
	var err error
	if e.InstanceID, err = instance.ID(o.derive); err != nil {
		return webhooks.Message{}, err
	}
	body, err := json.Marshal(e)
	return webhooks.Message{Format: Format.Name, Type: kind, Key: key, Body: body}, err
}

// maxAgent bounds the user agent of a client, in bytes.
const maxAgent = 512

// agent returns the user agent of a request.
func agent(by users.Actor) string {
	text := by.Headers.Get("User-Agent")
	return strings.ToValidUTF8(text[:min(len(text), maxAgent)], "")
}

// user returns the messages about a change of a user.
func (o *Outbox) user(t users.Told) (all []webhooks.Message, err error) {
	updated := false
	for _, caused := range t.Caused {
		kind := userUpdated
		switch {
		case caused.Name == userCreated || caused.Name == events.UserImported && t.Was == nil:
			kind = userCreated
		case caused.Name == userDeleted:
			kind = userDeleted
		case updated:
			continue
		default:
			updated = true
		}
		if !o.wants(kind) {
			continue
		}
		var data any
		if kind == userDeleted {
			data = resource.Deleted{Object: resource.UserObject, ID: t.Was.Kuid, Deleted: true, ExternalID: t.Was.Detailed().ExternalID}
		} else if data, err = o.make.User(t.Next); err != nil {
			return nil, err
		}
		made, err := o.message(t.By, kind, caused.Subject.ID, data)
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
}

// sessionData is a session with its user, nil if the user is deleted.
type sessionData struct {
	clerksessions.Session
	User *resource.User `json:"user"`
}

// session returns the messages about a session.
func (o *Outbox) session(t sessions.Told) ([]webhooks.Message, error) {
	kind, status := sessionType(t.What), string(t.What)
	if !o.wants(kind) {
		return nil, nil
	}
	if t.What == sessions.Created {
		status = "active"
	}
	data := sessionData{Session: clerksessions.Shown(t.Session, status)}
	if t.What != sessions.Created {
		data.UpdatedAt = o.make.Now().UnixMilli()
	}
	if t.User != nil && t.User.Kuid != users.AnonymousKuid {
		u, err := o.make.User(t.User)
		if err != nil {
			return nil, err
		}
		data.User = &u
	}
	return one(o.message(t.By, kind, t.Kuid, data))
}

func one(made webhooks.Message, err error) ([]webhooks.Message, error) {
	return []webhooks.Message{made}, err
}

// organization returns the messages about an organization, a membership or an invitation.
func (o *Outbox) organization(ctx context.Context, t organizations.Told) ([]webhooks.Message, error) {
	if !o.wants(t.Event) {
		return nil, nil
	}
	switch {
	case t.Membership != nil:
		in, err := o.belongs(ctx, t.Membership.Organization)
		if err != nil {
			return nil, err
		}
		u, err := o.of.Users.Read(ctx, t.Membership.Kuid)
		if errors.Is(err, users.ErrUserNotFound) {
			u, err = &users.User{Kuid: t.Membership.Kuid}, nil
		}
		if err != nil {
			return nil, err
		}
		return one(o.message(t.By, t.Event, in.ID, o.shapes.Membership(t.Membership, in, u)))
	case t.Invitation != nil:
		return one(o.message(t.By, t.Event, t.Invitation.Organization, o.shapes.Invitation(t.Invitation, nil, nil)))
	case t.Event == events.OrganizationDeleted:
		return one(o.message(t.By, t.Event, t.Organization.ID, resource.Deleted{Object: resource.OrganizationObject, ID: t.Organization.ID, Deleted: true}))
	}
	return one(o.message(t.By, t.Event, t.Organization.ID, o.shapes.Organization(t.Organization, false, false)))
}

// belongs reads the organization of a membership. If it is deleted, only its id is known.
func (o *Outbox) belongs(ctx context.Context, id string) (*organizations.Organization, error) {
	found, err := o.of.Organizations.Organization(ctx, id)
	if errors.Is(err, organizations.ErrNotFound) {
		return &organizations.Organization{ID: id}, nil
	}
	return &found, err
}
