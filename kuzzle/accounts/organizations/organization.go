package organizations

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Organization is an organization in the view for its members and the application. Times are in
// epoch milliseconds.
type Organization struct {
	ID   string `json:"-"`
	Name string `json:"name"`
	// Slug is unique among all organizations.
	Slug string `json:"slug"`
	// CreatedBy is a kuid, "" for none.
	CreatedBy string `json:"createdBy,omitempty"`
	// MaxMemberships is the largest number of members, 0 for no limit.
	MaxMemberships int `json:"maxMemberships,omitempty"`
	// AdminDelete allows administrators to delete the organization.
	AdminDelete bool `json:"adminDelete,omitempty"`
	// Metadata has no unsafe kind.
	Metadata *users.Metadata `json:"metadata,omitempty"`
	Logo     *users.Picture  `json:"logo,omitempty"`
	// Members is the number of members, Admins that of administrators among them.
	Members   int   `json:"members"`
	Admins    int   `json:"admins"`
	CreatedAt int64 `json:"createdAt"`
	UpdatedAt int64 `json:"updatedAt"`
}

// The limits of an organization.
const (
	MaxName        = 256
	MaxSlug        = 256
	MaxMemberships = 1_000_000
)

// state is an organization with its changes in progress.
type state struct {
	Organization
	// Leaving is set from the first commit of its deletion on.
	Leaving bool     `json:"leaving,omitempty"`
	Intents []intent `json:"intents,omitempty"`
	// Seat is the claim that counts against the creator's limit.
	Seat string `json:"seat,omitempty"`

	version int64
	rev     storage.Rev
}

// The searchable fields.
const (
	nameField       = "name"
	slugField       = "slug"
	createdByField  = "createdBy"
	createdAtField  = "createdAt"
	membersField    = "members"
	unfinishedField = "unfinished"
)

// content returns the searchable content.
func (s *state) content() map[string]any {
	content := map[string]any{}
	if s.Leaving || len(s.Intents) > 0 {
		content[unfinishedField] = true
	}
	if s.Leaving {
		return content
	}
	content[nameField], content[slugField] = users.Fold(s.Name), s.Slug
	content[createdAtField], content[membersField] = s.CreatedAt, int64(s.Members)
	if s.CreatedBy != "" {
		content[createdByField] = s.CreatedBy
	}
	return content
}

func (s *state) document() (*storage.Document, error) {
	return document(s.ID, s.version, s.content(), s)
}

// document returns a document of this package: the searchable content, and the stored data.
func document(id string, version int64, content map[string]any, kept any) (*storage.Document, error) {
	seen, err := users.Encode(content)
	if err != nil {
		return nil, err
	}
	auth, err := users.Encode(kept)
	return &storage.Document{ID: id, Version: version + 1, Content: seen, Auth: auth}, err
}

func readState(doc storage.Document) (*state, error) {
	s := &state{version: doc.Version, rev: doc.Rev}
	err := json.Unmarshal(doc.Auth, s)
	s.ID = doc.ID
	return s, err
}

// IsID reports whether an organization may have the id, which is a part of other ids.
func IsID(id string) bool {
	name, is := strings.CutPrefix(id, idPrefix)
	return is && name != "" && len(id) <= 100 && strings.Trim(name, letters+"_") == ""
}

// any returns an organization, even a leaving one.
func (b *base) any(ctx context.Context, id string) (*state, error) {
	if !IsID(id) {
		return nil, ErrNotFound.New(id)
	}
	doc, err := b.store.Get(ctx, storage.Organizations, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrNotFound.New(id)
	}
	if err != nil {
		return nil, err
	}
	return readState(doc)
}

func (b *base) read(ctx context.Context, id string) (*state, error) {
	s, err := b.any(ctx, id)
	if err == nil && s.Leaving {
		return nil, ErrNotFound.New(id)
	}
	return s, err
}

// Organization returns an organization by its id.
func (os *Organizations) Organization(ctx context.Context, id string) (Organization, error) {
	s, err := os.read(ctx, id)
	if err != nil {
		return Organization{}, err
	}
	return s.Organization, nil
}

// Find returns an organization by its id or its slug.
func (os *Organizations) Find(ctx context.Context, idOrSlug string) (Organization, error) {
	if checkSlug(idOrSlug) != nil {
		return os.Organization(ctx, idOrSlug)
	}
	claim, err := os.store.Owner(ctx, slugKey(idOrSlug))
	if errors.Is(err, storage.ErrNotFound) {
		return Organization{}, ErrNotFound.New(idOrSlug)
	}
	if err != nil {
		return Organization{}, err
	}
	return os.Organization(ctx, claim.Owner)
}

// edit writes an organization's next state by compare-and-set, and returns it. next changes the
// given state, or refuses; it may be called several times. With leaving set it also changes a
// leaving organization.
func (b *base) edit(ctx context.Context, id string, leaving, visible bool, next func(*state, *storage.Change) error) (*state, error) {
	done, err := b.turns.wait(ctx, id)
	if err != nil {
		return nil, err
	}
	defer done()
	for try := range tries {
		read := b.read
		if leaving {
			read = b.any
		}
		s, err := read(ctx, id)
		if err != nil {
			return nil, err
		}
		write := storage.Change{In: storage.Organizations, ID: id, If: s.rev, Visible: visible}
		if err := next(s, &write); err != nil {
			return nil, err
		}
		if write.Put, err = s.document(); err != nil {
			return nil, err
		}
		s.rev, err = b.commit(ctx, write)
		if err == nil {
			return s, nil
		}
		if !again(err) {
			return nil, err
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
	return nil, storage.ErrConflict.New(id)
}

func slugKey(slug string) string { return "org-slug:" + slug }

func checkSlug(slug string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
	if slug == "" || len(slug) > MaxSlug || strings.Trim(slug, allowed) != "" || strings.Trim(slug, "-") != slug {
		return ErrSlug.New(MaxSlug)
	}
	return nil
}

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ErrName.New(MaxName)
	}
	return nil
}

func checkLimit(most int) error {
	if most < 0 || most > MaxMemberships {
		return ErrLimit.New(MaxMemberships)
	}
	return nil
}

// metadataKinds are the kinds of organizations, memberships and invitations.
var metadataKinds = []string{users.PrivateMetadata, users.PublicMetadata}

func checkMetadata(change map[string]any) error {
	return users.CheckMetadata("metadata", change, metadataKinds)
}

// patched returns metadata with a change merged in, or with the named kinds replaced.
func patched(m *users.Metadata, change map[string]any, replace bool) (*users.Metadata, error) {
	if replace {
		none := map[string]any{}
		for kind := range change {
			none[kind] = nil
		}
		var err error
		if m, err = m.Patched(none); err != nil {
			return nil, err
		}
	}
	return m.Patched(change)
}
