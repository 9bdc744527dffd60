package storage

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Store is the interface of an engine. All methods are safe for concurrent use and respect ctx.
// A change that has begun when ctx ends is completed and waited for: what follows from it, such as
// caches that forget the state before, depends on its result. The error of ctx means that a change
// was not made.
//
// Faults of all methods: ErrUnavailable if the engine is unreachable or closing. Reads of missing
// documents return ErrNotFound.
type Store interface {
	// Get reads a document by id, in real time.
	Get(ctx context.Context, from Collection, id string) (Document, error)
	// GetMany reads several documents by id, in real time, in the order of ids, without missing
	// ones. They have at most PageBytes, but at least one is read if there is one. left are the
	// remaining ids, which were not read. See Each and All.
	GetMany(ctx context.Context, from Collection, ids []string) (found []Document, left []string, err error)
	// Owner returns the holder of a claim, in real time.
	Owner(ctx context.Context, key string) (Claim, error)

	// Commit writes one change and returns the document's new revision.
	//
	// Faults: ErrExists (create over a live document), ErrConflict (the expected revision is not
	// the current one, or the document is deleted), *TakenError (another document holds a claim),
	// ErrBadRequest (the content does not fit its mapping). If several apply, the first in this
	// order is returned, unless another call writes the same document meanwhile.
	Commit(ctx context.Context, change Change) (Rev, error)
	// CommitMany writes many changes with few waits, for imports. Changes with the same document or
	// key, and changes that may take a key before or after a deletion, take effect in the given
	// order; others in any order. A failed change does not affect others. Results are in the order
	// of changes.
	CommitMany(ctx context.Context, changes []Change) []Result

	// Walk reads whole documents with the keys that they hold, in the byte order of their ids: at
	// most limit documents after the given id, none at the end. It sees every acknowledged write.
	// Its results can be written to another store: as creations with Restore that take the keys.
	Walk(ctx context.Context, of Collection, after string, limit int) ([]Kept, error)
	// Latches passes every key that is held as a latch to give, in any order, until give returns an
	// error, which Latches then returns.
	Latches(ctx context.Context, give func(Claim) error) error

	// Search returns one page, which may be Partial. Faults: those of query, ErrTimeout.
	Search(ctx context.Context, in Collection, what query.Search) (Page, error)
	// OpenScroll returns the first page and a cursor that lives for keep after each use. A scroll
	// returns each document that matches throughout exactly once. The cursor of an exhausted scroll
	// is "".
	OpenScroll(ctx context.Context, in Collection, what query.Search, keep time.Duration) (Page, string, error)
	// NextScroll returns the next page of a cursor, and the cursor to continue with ("" after the
	// last page). The fault is ErrUnknownScroll if the cursor is unknown, expired, exhausted, or of
	// another collection.
	NextScroll(ctx context.Context, in Collection, cursor string, keep time.Duration) (Page, string, error)
	// Refresh makes all acknowledged writes visible to Search.
	Refresh(ctx context.Context, of Collection) error

	// Mapping returns how a collection's content is indexed.
	Mapping(ctx context.Context, of Collection) (Mapping, error)
	// UpdateMapping merges properties into the mapping and returns the result. The engine then
	// indexes older documents in the background; see Indexing. Changing a field's type is a fault
	// of this package and changes nothing.
	UpdateMapping(ctx context.Context, of Collection, change Mapping) (Mapping, error)
	// Indexing returns the progress of that work.
	Indexing(ctx context.Context, of Collection) (Progress, error)

	// Purge removes at most limit documents whose ExpiresAt is before now, and returns their
	// number.
	Purge(ctx context.Context, now time.Time, limit int) (int, error)
	// Health returns nil if the store can serve.
	Health(ctx context.Context) error
	// Info describes the engine for operators.
	Info(ctx context.Context) Info
	// Close completes accepted calls and releases all resources.
	Close() error
}

// Index is the name in messages for the index of all collections, as in Kuzzle.
const Index = "%kuzzle"

// Collection is the name of a kind of documents.
type Collection string

// The collections. The upgrade that adds a collection creates it with the mapping of
// mapping.Initial; see Upgrades.
const (
	Users    Collection = "users"
	Profiles Collection = "profiles"
	Roles    Collection = "roles"
	// Sessions are found by session id, API keys by fingerprint.
	Sessions Collection = "sessions"
	APIKeys  Collection = "api-keys"
	// Flows are documents that expire: reset tokens, challenges, counts of failed logins.
	Flows Collection = "flows"
	// Settings has a few documents of the backend itself.
	Settings Collection = "settings"
	// Outbox has messages to recipients outside until they are sent; see Change.Outbox.
	Outbox Collection = "outbox"
	// Blobs holds large values, such as pictures, in pieces; see package blobs.
	Blobs Collection = "blobs"
	// Organizations, their memberships and invitations; see package organizations.
	Organizations           Collection = "organizations"
	Memberships             Collection = "memberships"
	OrganizationInvitations Collection = "organization-invitations"
	// Tickets are invitations and tokens for one login; see package tickets.
	Tickets Collection = "tickets"
)

// Document is one stored document. Writes ignore Rev.
type Document struct {
	ID string
	// Incarnation distinguishes this document from an earlier one with the same id. The store
	// chooses it at creation if it is empty; later changes keep it.
	Incarnation string
	// Version counts changes of Content and Account, from 1; the writer sets it.
	Version int64
	// Epoch is copied to documents that depend on this one (a user's sessions). A higher epoch ends
	// all of them in the same commit.
	Epoch int64
	// Content is a JSON object, indexed under the collection's mapping.
	Content json.RawMessage
	// Account is a JSON object or nil. Every string, number and boolean in it is indexed as a
	// keyword, number or boolean under query.Account.
	Account json.RawMessage
	// Auth is stored, never indexed, and never part of a search's answer.
	Auth json.RawMessage
	// ExpiresAt is when Purge may remove the document, to the millisecond; zero
	// means never.
	ExpiresAt time.Time
	// Rev is the revision read.
	Rev Rev
}

// Size returns the size of the three areas in bytes.
func (d *Document) Size() int { return len(d.Content) + len(d.Account) + len(d.Auth) }

// Rev identifies one state of a document. The zero value means "no document".
type Rev struct{ Seq, Term int64 }

// Claim is an identifier that a document's incarnation holds. No other document can hold the same
// key.
type Claim struct {
	// Key is at most 512 bytes of UTF-8, already normalised.
	Key string
	// Owner is the id of the document, in collection Of.
	Of          Collection
	Owner       string
	Incarnation string
}

// Kept is a document with the keys it holds.
type Kept struct {
	Document
	// Claims are the keys that it holds, without latches, sorted.
	Claims []string
}

// Take requests a claim for the change's document.
type Take struct {
	Key string
	// Latch takes the key if it is free and accepts any holder; a latch stays when its document is
	// deleted.
	Latch bool
	// Once takes the key if it is free and refuses with *TakenError if any document holds it, even
	// the same one; like a latch it stays.
	Once bool
}

// Change is one document and its claims.
type Change struct {
	In Collection
	ID string
	// Put is the document to write; nil deletes it together with every claim that it took, without
	// latches.
	Put *Document
	// If is the expected revision; zero means that the document must not exist. With Put nil and If
	// zero only claims change.
	If Rev
	// Take and Free are keys to claim and to release. A key that this document's incarnation
	// already holds may be taken again; without Put only latches are taken. Free ignores keys that
	// others hold, but releases any latch; a key in both is taken.
	Take []Take
	Free []string
	// Outbox are messages about the change of a document in one of Tells. If the change is made,
	// they are created as documents in the collection Outbox; if it is refused, they are not. The
	// ID of a message is the beginning of its id. The store adds an end, so that messages of one
	// document with the same beginning sort in the order of its changes, and of this list. See
	// Carrier.
	Outbox []Document
	// Visible makes Search see the change when Commit returns.
	Visible bool
	// Restore means that a store accepted the document before, perhaps under an older mapping:
	// values that do not fit the present mapping are stored and not indexed.
	Restore bool
}

// Tells are the collections whose changes may have messages.
var Tells = []Collection{Users, Sessions, Organizations, Memberships, OrganizationInvitations, Tickets}

// Carrier has the further operation of a store that cannot write two documents at once: messages
// stay beside the changed document until Carry moves them to the collection Outbox.
type Carrier interface {
	// Carry moves messages of earlier commits to the collection Outbox, those of at most limit
	// documents, and returns the number of documents. A message may arrive twice if Carry is killed
	// or if two processes call it at once.
	Carry(ctx context.Context, limit int) (int, error)
}

// Result is the result of one change of CommitMany.
type Result struct {
	Rev Rev
	Err error
}

// Hit is a document in the result of Search, without Auth.
type Hit struct {
	ID      string
	Version int64
	Content json.RawMessage
	Account json.RawMessage
	// Sort has the values to continue after: one per sort key, then the id.
	Sort []any
}

// Uncounted is the Total of a search without counting.
const Uncounted = -1

// Page is the result of a search. Total counts all hits, not only the page's; it is Uncounted if
// query.Search.Uncounted was set. With query.Search.Enough it counts the known hits, and More tells
// that there may be others.
//
// The documents of a page have at most PageBytes, but a page has at least one hit if there is one.
// A page that this limit cuts is Partial: its scroll, or a search after its last hit, continues
// with the next hit. A page with fewer hits than requested that is not Partial is the last one.
type Page struct {
	Hits         []Hit
	Total        int64
	Aggregations map[string]any
	Partial      bool
	More         bool

	bytes int
}

// Size returns the size of the hit's areas in bytes.
func (h *Hit) Size() int { return len(h.Content) + len(h.Account) }

// Add appends a hit. If the page has no room for it, Add makes the page Partial and returns false.
func (p *Page) Add(hit Hit) bool {
	size := hit.Size()
	if len(p.Hits) > 0 && p.bytes+size > PageBytes {
		p.Partial = true
		return false
	}
	p.Hits, p.bytes = append(p.Hits, hit), p.bytes+size
	return true
}

// Room returns how many bytes a further hit may have.
func (p *Page) Room() int { return max(0, PageBytes-p.bytes) }

// Mapping defines how content is indexed, in Elasticsearch's terms.
type Mapping struct {
	// Dynamic is "false" (default: unmapped fields are stored, not indexed), "strict" (they are
	// refused) or "true" (they are mapped by their first value).
	Dynamic    string         `json:"dynamic,omitempty"`
	Meta       map[string]any `json:"_meta,omitempty"`
	Properties map[string]any `json:"properties"`
}

// Clone returns a copy that shares no map or slice with m. Each search takes one.
func (m Mapping) Clone() Mapping {
	m.Meta, _ = cloneJSON(m.Meta).(map[string]any)
	m.Properties, _ = cloneJSON(m.Properties).(map[string]any)
	return m
}

func cloneJSON(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if v == nil {
			return v
		}
		copied := make(map[string]any, len(v))
		for name, member := range v {
			copied[name] = cloneJSON(member)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, element := range v {
			copied[i] = cloneJSON(element)
		}
		return copied
	}
	return value
}

// Progress is the progress of indexing older documents after UpdateMapping.
type Progress struct {
	Done, Total int64
	// Complete is true when every document is searchable under the mapping.
	Complete bool
}

// Info describes an engine for operators.
type Info struct {
	Engine  string // "sqlite", "elasticsearch"
	Version string
	Bytes   int64
	Counts  map[Collection]int64
}
