package users

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Metadata is what an application keeps with a user besides the content: three JSON
// objects, nil where one is empty. None of them is part of the content, and none is
// found by a search.
type Metadata struct {
	// Public is for the user to read, and for those who manage users to write.
	Public json.RawMessage `json:"public,omitempty"`
	// Private is shown to those who manage users alone.
	Private json.RawMessage `json:"private,omitempty"`
	// Unsafe is for the user to write, so that nobody may trust it.
	Unsafe json.RawMessage `json:"unsafe,omitempty"`
}

// The kinds of metadata, by the names that clients know.
const (
	PublicMetadata  = "public"
	PrivateMetadata = "private"
	UnsafeMetadata  = "unsafe"
)

// MaxMetadata is the most bytes of compact JSON that metadata of one kind takes.
const MaxMetadata = 8 << 10

// ErrMetadataTooLarge: the kind, the bytes it would take, the limit.
var ErrMetadataTooLarge = fault.Declare(0x400a0023, "security.user.metadata_too_large", 413, "The %s metadata would take %d bytes, and at most %d are allowed. Store less.")

// MetadataKinds are all kinds, in the order of their names.
func MetadataKinds() []string { return []string{PrivateMetadata, PublicMetadata, UnsafeMetadata} }

// Of returns the metadata of a kind, an empty object where there is none.
func (m *Metadata) Of(kind string) json.RawMessage {
	if m == nil || len(*m.kind(kind)) == 0 {
		return json.RawMessage("{}")
	}
	return *m.kind(kind)
}

func (m *Metadata) kind(name string) *json.RawMessage {
	switch name {
	case PublicMetadata:
		return &m.Public
	case PrivateMetadata:
		return &m.Private
	}
	return &m.Unsafe
}

// Size is how many bytes all kinds take.
func (m *Metadata) Size() int {
	if m == nil {
		return 0
	}
	return len(m.Public) + len(m.Private) + len(m.Unsafe)
}

func (m *Metadata) append(b []byte) []byte {
	b = append(b, '{')
	for _, kind := range [...]string{PublicMetadata, PrivateMetadata, UnsafeMetadata} {
		if object := *m.kind(kind); len(object) > 0 {
			b = append(appendName(b, kind), object...)
		}
	}
	return append(b, '}')
}

// CheckMetadata refuses a change of metadata whose members are none of the kinds, or are
// neither objects nor null. at is how clients know the change, such as "body".
func CheckMetadata(at string, change map[string]any, kinds []string) error {
	for _, kind := range slices.Sorted(maps.Keys(change)) {
		if !slices.Contains(kinds, kind) {
			return assert.Unexpected.New(at+"."+kind, kinds)
		}
		if _, ok := change[kind].(map[string]any); !ok && change[kind] != nil {
			return assert.InvalidType.New(at+"."+kind, "object")
		}
	}
	return nil
}

// Patched is metadata with a change laid over, nil where nothing is left. The change
// is one that [CheckMetadata] lets through; each kind is merged as RFC 7396 says, so
// that null removes. A kind that would grow beyond [MaxMetadata] is refused.
func (m *Metadata) Patched(change map[string]any) (*Metadata, error) {
	if len(change) == 0 {
		return m, nil
	}
	next := &Metadata{}
	if m != nil {
		*next = *m
	}
	for kind, value := range change {
		object, _ := value.(map[string]any)
		if object == nil {
			*next.kind(kind) = nil
			continue
		}
		merged, err := AppendMerged(nil, m.Of(kind), object)
		switch {
		case err != nil:
			return nil, err
		case len(merged) > MaxMetadata:
			return nil, ErrMetadataTooLarge.New(kind, len(merged), MaxMetadata)
		case string(merged) == "{}":
			merged = nil
		}
		*next.kind(kind) = merged
	}
	if next.Size() == 0 {
		return nil, nil
	}
	return next, nil
}

// Replaced is metadata in which the kinds of a change stand in place of what there was,
// nil where nothing is left. A kind that is null or empty goes; null within one stays.
// Faults are those of [Metadata.Patched].
func (m *Metadata) Replaced(change map[string]any) (*Metadata, error) {
	next := &Metadata{}
	if m != nil {
		*next = *m
	}
	for kind, value := range change {
		object, _ := value.(map[string]any)
		if len(object) == 0 {
			*next.kind(kind) = nil
			continue
		}
		text, err := Encode(object)
		switch {
		case err != nil:
			return nil, err
		case len(text) > MaxMetadata:
			return nil, ErrMetadataTooLarge.New(kind, len(text), MaxMetadata)
		}
		*next.kind(kind) = text
	}
	if next.Size() == 0 {
		return nil, nil
	}
	return next, nil
}

// Differs lists the kinds in which other metadata is not the same.
func (m *Metadata) Differs(other *Metadata) []string {
	if m == other {
		return nil
	}
	var kinds []string
	for _, kind := range MetadataKinds() {
		if !bytes.Equal(m.Of(kind), other.Of(kind)) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// UpdateMetadata lays a change over a user's metadata; see [Metadata.Patched]. It
// does not judge which kinds by may write. ifVersion is as in [Edit].
func (us *Users) UpdateMetadata(ctx context.Context, by Actor, kuid string, change map[string]any, ifVersion int64) (User, error) {
	var now *User
	var changed []string
	err := us.Change(ctx, by, kuid, Edit{Retries: CredentialTries, IfVersion: ifVersion, Tell: Tell(events.MetadataUpdated, nil)}, func(was *User) (*User, error) {
		metadata, err := was.Metadata.Patched(change)
		if err != nil {
			return nil, err
		}
		changed = was.Metadata.Differs(metadata)
		if now = was; len(changed) == 0 {
			return nil, nil
		}
		next := *was
		next.Version++
		next.Metadata = metadata
		now = &next
		return now, nil
	})
	if err != nil {
		return User{}, err
	}
	if len(changed) > 0 {
		us.Emit(ctx, events.MetadataUpdated, by, Subject(events.User, kuid), events.Data{events.Changed: changed, events.Version: now.Version})
	}
	return *now, nil
}
