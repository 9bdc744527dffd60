package organizations

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Membership is a user's membership of an organization. Times are in epoch milliseconds.
type Membership struct {
	// ID is the public id.
	ID           string `json:"id"`
	Organization string `json:"organization"`
	Kuid         string `json:"kuid"`
	// Incarnation is the user's.
	Incarnation string `json:"incarnation"`
	// Role is the key of a [Role].
	Role string `json:"role"`
	// Metadata has no unsafe kind.
	Metadata  *users.Metadata `json:"metadata,omitempty"`
	CreatedAt int64           `json:"createdAt"`
	UpdatedAt int64           `json:"updatedAt"`
	// intent is the last intent that wrote it.
	intent string
	// gone is set for the trace of a removed membership.
	gone    bool
	version int64
	rev     storage.Rev
}

// keptMembership is the stored form of a membership.
type keptMembership struct {
	Membership
	Intent string `json:"intent"`
	Gone   bool   `json:"gone,omitempty"`
}

// The searchable fields, besides createdAtField.
const (
	organizationField = "organization"
	kuidField         = "kuid"
	roleField         = "role"
)

// membershipID returns the document's id; the ids of one organization are adjacent.
func membershipID(organization, kuid string) string {
	sum := sha256.Sum256([]byte(kuid))
	return organization + "/" + hex.EncodeToString(sum[:])
}

func (m *Membership) document() (*storage.Document, error) {
	content := map[string]any{}
	if !m.gone {
		content = map[string]any{organizationField: m.Organization, kuidField: m.Kuid, roleField: m.Role, createdAtField: m.CreatedAt}
	}
	return document(membershipID(m.Organization, m.Kuid), m.version, content, keptMembership{*m, m.intent, m.gone})
}

func readMembership(doc storage.Document) (*Membership, error) {
	var kept keptMembership
	err := json.Unmarshal(doc.Auth, &kept)
	m := &kept.Membership
	m.intent, m.gone, m.version, m.rev = kept.Intent, kept.Gone, doc.Version, doc.Rev
	return m, err
}

// stored returns a stored membership, or the trace of a removed one; nil if there is neither.
func (ms *Members) stored(ctx context.Context, organization, kuid string) (*Membership, error) {
	doc, err := ms.store.Get(ctx, storage.Memberships, membershipID(organization, kuid))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readMembership(doc)
}

// write writes a membership over its former state, nil for none.
func (ms *Members) write(ctx context.Context, by users.Actor, was, m *Membership) error {
	doc, err := m.document()
	if err != nil {
		return err
	}
	messages, err := ms.toldMembership(ctx, by, was, m)
	if err != nil {
		return err
	}
	if m.gone {
		doc.ExpiresAt = ms.now().Add(trace)
	}
	_, err = ms.commit(ctx, storage.Change{In: storage.Memberships, ID: doc.ID, If: m.rev, Put: doc, Outbox: messages, Visible: true})
	return err
}

// removed returns the trace of a membership that an intent removed.
func (m *Membership) removed(by string) *Membership {
	return &Membership{ID: m.ID, Organization: m.Organization, Kuid: m.Kuid, intent: by, gone: true, version: m.version, rev: m.rev}
}

// Membership returns a user's membership. Faults: ErrNotFound, ErrNoMember.
func (ms *Members) Membership(ctx context.Context, organization, kuid string) (Membership, error) {
	if _, err := ms.read(ctx, organization); err != nil {
		return Membership{}, err
	}
	m, err := ms.stored(ctx, organization, kuid)
	if err != nil {
		return Membership{}, err
	}
	if m == nil || m.gone {
		return Membership{}, ErrNoMember.New(kuid, organization)
	}
	u, err := ms.users.Read(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) || err == nil && u.Incarnation != m.Incarnation {
		return Membership{}, ErrNoMember.New(kuid, organization)
	}
	return *m, err
}

// OfAny reports whether a user is a member of one of the organizations.
func (ms *Members) OfAny(ctx context.Context, organizations []string, kuid string) (bool, error) {
	ids := make([]string, len(organizations))
	for i, organization := range organizations {
		ids[i] = membershipID(organization, kuid)
	}
	var of []string
	err := storage.Each(ctx, ms.store, storage.Memberships, ids, func(docs []storage.Document) error {
		for _, doc := range docs {
			m, err := readMembership(doc)
			if err != nil {
				return err
			}
			if !m.gone {
				of = append(of, m.Organization)
			}
		}
		return nil
	})
	for _, organization := range of {
		if _, err = ms.Membership(ctx, organization, kuid); err == nil || !errors.Is(err, ErrNoMember) && !errors.Is(err, ErrNotFound) {
			return err == nil, err
		}
		err = nil
	}
	return false, err
}

// Held returns a user's membership if it has the given id: a user who left and came back has
// another. Faults: ErrNotFound, ErrNoMember.
func (ms *Members) Held(ctx context.Context, organization, kuid, id string) (Membership, error) {
	m, err := ms.Membership(ctx, organization, kuid)
	if err == nil && m.ID != id {
		return Membership{}, ErrNoMember.New(kuid, organization)
	}
	return m, err
}

// Update changes the metadata of a membership; see [Change].
func (ms *Members) Update(ctx context.Context, by users.Actor, organization, kuid string, metadata map[string]any, replace bool) (Membership, error) {
	if err := checkMetadata(metadata); err != nil {
		return Membership{}, err
	}
	for try := range tries {
		m, err := ms.Membership(ctx, organization, kuid)
		if err != nil {
			return Membership{}, err
		}
		was := m
		if m.Metadata, err = patched(m.Metadata, metadata, replace); err != nil {
			return Membership{}, err
		}
		m.UpdatedAt = ms.millis()
		if err = ms.write(ctx, by, &was, &m); err == nil {
			ms.emit(ctx, events.MembershipUpdated, by, events.Organization, organization, about(kuid, m.Role))
			return m, nil
		}
		if !again(err) {
			return Membership{}, err
		}
		if err := pause(ctx, try); err != nil {
			return Membership{}, err
		}
	}
	return Membership{}, storage.ErrConflict.New(organization)
}

// about returns the data of a membership for events.
func about(kuid, role string) events.Data {
	return events.Data{events.Owner: kuid, events.RoleIDs: []string{role}}
}
