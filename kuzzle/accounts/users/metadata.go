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

// Metadata is an application's data of a user besides the content: three JSON objects, nil if
// empty. It is not part of the content, and no search finds it.
type Metadata struct {
	// Public is readable by the user and writable by administrators.
	Public json.RawMessage `json:"public,omitempty"`
	// Private is for administrators only.
	Private json.RawMessage `json:"private,omitempty"`
	// Unsafe is writable by the user, so it must not be trusted.
	Unsafe json.RawMessage `json:"unsafe,omitempty"`
}

// The kinds of metadata, by the clients' names.
const (
	PublicMetadata  = "public"
	PrivateMetadata = "private"
	UnsafeMetadata  = "unsafe"
)

// MaxMetadata is the largest metadata of one kind, in bytes of compact JSON.
const MaxMetadata = 8 << 10

// ErrMetadataTooLarge has the kind, the size and the limit in bytes.
var ErrMetadataTooLarge = fault.Declare(0x400a0023, "security.user.metadata_too_large", 413, "The %s metadata would take %d bytes; the limit is %d. Store less.")

// MetadataKinds returns all kinds, sorted by name.
func MetadataKinds() []string { return []string{PrivateMetadata, PublicMetadata, UnsafeMetadata} }

// Of returns the metadata of a kind, or an empty object.
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

// Size returns the number of bytes of all kinds.
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

// CheckMetadata refuses a change of metadata whose members are no kinds, or neither objects nor
// null. at is the clients' name for the change, such as "body".
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

// Patched returns metadata with a change applied, nil if it is empty then. The change must pass
// [CheckMetadata]. Each kind is merged as in RFC 7396, so null removes. A kind that would grow
// beyond [MaxMetadata] is refused.
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

// Replaced returns metadata in which the kinds of a change replace the former ones, nil if it is
// empty then. A null or empty kind is removed; null within a kind stays. Faults are those of
// [Metadata.Patched].
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

// Differs lists the kinds that differ from other metadata.
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

// UpdateMetadata applies a change to a user's metadata; see [Metadata.Patched]. It does not check
// which kinds by may write. ifVersion is as in [Edit].
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
