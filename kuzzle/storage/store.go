package storage

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Store is what an engine provides. All methods are safe for concurrent use and
// honour ctx; a call whose ctx ends may or may not have taken effect.
//
// Faults common to all: ErrUnavailable when the engine cannot be reached or is
// closing. Lookups of what does not exist answer ErrNotFound.
type Store interface {
	// Get reads a document by id, in real time.
	Get(ctx context.Context, from Collection, id string) (Document, error)
	// GetMany reads several by id, in real time, in the order asked for,
	// leaving out those that do not exist. The documents take at most PageBytes,
	// except that one is read where there is one; left are the ids behind them,
	// which were not looked at. See Each and All.
	GetMany(ctx context.Context, from Collection, ids []string) (found []Document, left []string, err error)
	// Owner reads who holds a claim, in real time.
	Owner(ctx context.Context, key string) (Claim, error)

	// Commit writes one change and answers the document's new revision.
	//
	// Faults: ErrExists (create over a live document), ErrConflict (the
	// revision expected is not the current one, or the document is gone),
	// *TakenError (a claim is held by somebody else), ErrBadRequest (the content
	// does not fit its mapping). Of several the first in this order, as long as
	// nobody else writes the same document meanwhile.
	Commit(ctx context.Context, change Change) (Rev, error)
	// CommitMany writes many changes with few waits, for imports. Those of one
	// document or one key, and what may take a key before or after a deletion,
	// take effect in the order given; between others none is kept. One failing
	// does not affect another. Results are in the order of changes.
	CommitMany(ctx context.Context, changes []Change) []Result

	// Walk reads whole documents with the keys they hold, in the order of their
	// ids' bytes: those behind the id given, at most limit, none at the end. It
	// sees every acknowledged write. What it answers can be written to another
	// store: as creations with Restore that take the keys.
	Walk(ctx context.Context, of Collection, after string, limit int) ([]Kept, error)
	// Latches hands over every key that is held as a latch, in no order, until
	// give answers an error, which is then its own.
	Latches(ctx context.Context, give func(Claim) error) error

	// Search answers one page, which may be Partial. Faults: those of query, ErrTimeout.
	Search(ctx context.Context, in Collection, what query.Search) (Page, error)
	// OpenScroll answers the first page and a cursor that lives for keep after
	// each use. A scroll neither repeats nor misses a document that matched
	// throughout. The cursor of an exhausted scroll is "".
	OpenScroll(ctx context.Context, in Collection, what query.Search, keep time.Duration) (Page, string, error)
	// NextScroll answers the next page of a cursor, and the cursor to go on
	// with ("" after the last page). ErrUnknownScroll when the cursor is
	// unknown, expired, exhausted, or of another collection.
	NextScroll(ctx context.Context, in Collection, cursor string, keep time.Duration) (Page, string, error)
	// Refresh makes all acknowledged writes visible to Search.
	Refresh(ctx context.Context, of Collection) error

	// Mapping tells how a collection's content is indexed.
	Mapping(ctx context.Context, of Collection) (Mapping, error)
	// UpdateMapping merges properties in and answers the result. Documents
	// written before become searchable by a pass of the engine's own; see
	// Indexing. Retyping a field is a fault of this package and changes nothing.
	UpdateMapping(ctx context.Context, of Collection, change Mapping) (Mapping, error)
	// Indexing tells how far that pass is.
	Indexing(ctx context.Context, of Collection) (Progress, error)

	// Purge removes documents whose ExpiresAt lies before now, at most limit,
	// and tells how many it removed.
	Purge(ctx context.Context, now time.Time, limit int) (int, error)
	// Health answers nil when the store can serve.
	Health(ctx context.Context) error
	// Info describes the engine for operators.
	Info(ctx context.Context) Info
	// Close finishes what was accepted and lets go of everything.
	Close() error
}

// Index is what messages call the place of all collections, as Kuzzle does.
const Index = "%kuzzle"

// Collection names a kind of document.
type Collection string

// The collections. Each is created with the mapping that mapping.Initial
// gives, by the upgrade that adds it; see Upgrades.
const (
	Users    Collection = "users"
	Profiles Collection = "profiles"
	Roles    Collection = "roles"
	// Sessions are found by session id, API keys by fingerprint.
	Sessions Collection = "sessions"
	APIKeys  Collection = "api-keys"
	// Flows are things that expire: reset tokens, challenges, counts of failed
	// logins.
	Flows Collection = "flows"
	// Settings holds a handful of documents of the backend's own.
	Settings Collection = "settings"
	// Outbox holds what is to be told outside, until it was; see Change.Outbox.
	Outbox Collection = "outbox"
	// Blobs holds large values, such as pictures, in pieces; see package blobs.
	Blobs Collection = "blobs"
	// Organizations, who is in them, and who is invited; see package organizations.
	Organizations           Collection = "organizations"
	Memberships             Collection = "memberships"
	OrganizationInvitations Collection = "organization-invitations"
	// Tickets are invitations and tokens that log somebody in once; see package tickets.
	Tickets Collection = "tickets"
)

// Document is one stored thing. On writes Rev is ignored.
type Document struct {
	ID string
	// Incarnation tells this document from an earlier one of the same id. An
	// empty one is chosen by the store at creation, and kept by later changes.
	Incarnation string
	// Version counts changes of Content and Account, from 1; the writer sets it.
	Version int64
	// Epoch is carried by what depends on the document (a user's sessions);
	// raising it ends all of them in the same commit.
	Epoch int64
	// Content is a JSON object, indexed under the collection's mapping.
	Content json.RawMessage
	// Account is a JSON object or nil, every string, number and boolean in it
	// indexed as a keyword, number or boolean under query.Account.
	Account json.RawMessage
	// Auth is stored, never indexed, and never part of a search's answer.
	Auth json.RawMessage
	// ExpiresAt is when Purge may remove the document, to the millisecond; zero
	// means never.
	ExpiresAt time.Time
	// Rev is the revision read.
	Rev Rev
}

// Size is how many bytes its three areas take.
func (d *Document) Size() int { return len(d.Content) + len(d.Account) + len(d.Auth) }

// Rev identifies one state of a document. The zero value means "no document".
type Rev struct{ Seq, Term int64 }

// Claim is an identifier held by a document's incarnation. Nobody else can
// hold the same key.
type Claim struct {
	// Key is at most 512 bytes of UTF-8, already normalised.
	Key string
	// Owner is the id of the document, in collection Of.
	Of          Collection
	Owner       string
	Incarnation string
}

// Kept is a document as a store holds it.
type Kept struct {
	Document
	// Claims are the keys that are its own, latches excepted, sorted.
	Claims []string
}

// Take asks for a claim on behalf of the change's document.
type Take struct {
	Key string
	// Latch takes the key if it is free and is content if anybody holds it; a
	// latch stays when its document is deleted.
	Latch bool
	// Once takes the key if it is free and refuses with *TakenError if
	// anybody, even the same document, holds it; it stays as a latch does.
	Once bool
}

// Change is one document and its claims.
type Change struct {
	In Collection
	ID string
	// Put is the document to write; nil deletes it together with every claim
	// that it took (latches excepted).
	Put *Document
	// If is the revision expected; zero means the document must not exist. With
	// Put nil and If zero only claims change.
	If Rev
	// Take and Free are keys to claim and to let go. A key held by this
	// document's incarnation already may be taken again; without Put only
	// latches are taken. Free passes over keys that others hold, but a latch is
	// let go whoever asks; a key in both is taken.
	Take []Take
	Free []string
	// Outbox are messages about the change of a document in one of Tells: documents that are made in the
	// collection Outbox if the change is done, and not if it is refused. What a
	// message has as its ID is how its id begins. The store adds an end, so that
	// the messages of one document which begin alike sort in the order of its
	// changes, and of this list. See Carrier.
	Outbox []Document
	// Visible asks that Search sees the change when Commit returns.
	Visible bool
	// Restore says that a store accepted the document before, perhaps under an
	// older mapping: what does not fit the present one is stored and not indexed.
	Restore bool
}

// Tells are the collections whose changes may have messages.
var Tells = []Collection{Users, Sessions, Organizations, Memberships, OrganizationInvitations}

// Carrier is what a store offers besides when it cannot write two documents at
// once: messages stay beside the document that was changed until Carry puts them
// into the collection Outbox.
type Carrier interface {
	// Carry puts messages of commits done before into the collection Outbox, those
	// of at most limit documents, and returns of how many. A message may arrive
	// twice when Carry is killed or called by two processes at once.
	Carry(ctx context.Context, limit int) (int, error)
}

// Result is one answer of CommitMany.
type Result struct {
	Rev Rev
	Err error
}

// Hit is a document as Search answers it: without Auth.
type Hit struct {
	ID      string
	Version int64
	Content json.RawMessage
	Account json.RawMessage
	// Sort holds the values to continue after: one per sort key, then the id.
	Sort []any
}

// Uncounted is the Total of a search that asked for none.
const Uncounted = -1

// Page is a search's answer. Total counts all hits, not only the page's; it is
// Uncounted where query.Search.Uncounted was set. With query.Search.Enough it counts
// those that are known, and More says that there may be others.
//
// The documents of a page take at most PageBytes, except that a page has at
// least one hit where there is one. A page that this cuts short is Partial: its
// scroll, or a search after its last hit, goes on with the hit behind it. A page
// that has fewer hits than were asked for and is not Partial is the last.
type Page struct {
	Hits         []Hit
	Total        int64
	Aggregations map[string]any
	Partial      bool
	More         bool

	bytes int
}

// Size is how many bytes the hit's documents have.
func (h *Hit) Size() int { return len(h.Content) + len(h.Account) }

// Add appends a hit. Where the page has no room for it, Add makes the page
// Partial and reports false.
func (p *Page) Add(hit Hit) bool {
	size := hit.Size()
	if len(p.Hits) > 0 && p.bytes+size > PageBytes {
		p.Partial = true
		return false
	}
	p.Hits, p.bytes = append(p.Hits, hit), p.bytes+size
	return true
}

// Room is how many bytes a further hit may have.
func (p *Page) Room() int { return max(0, PageBytes-p.bytes) }

// Mapping says how content is indexed, in the words of Elasticsearch.
type Mapping struct {
	// Dynamic is "false" (default: unmapped fields are stored, not indexed),
	// "strict" (they are refused) or "true" (they are mapped by their first value).
	Dynamic    string         `json:"dynamic,omitempty"`
	Meta       map[string]any `json:"_meta,omitempty"`
	Properties map[string]any `json:"properties"`
}

// Progress is the state of the pass over older documents after UpdateMapping.
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
