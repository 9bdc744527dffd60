package users

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// With returns a user's next state with other records.
func (u *User) With(records []strategies.Record) *User {
	next := *u
	next.Version++
	next.Records = records
	next.Strategies = StrategyNames(records)
	return &next
}

// Provenance has the data of the imported row that a user came from.
type Provenance struct {
	Row     []byte          `json:"row"`
	Source  string          `json:"source,omitempty"`
	Private json.RawMessage `json:"private,omitempty"`
	Factors []byte          `json:"factors,omitempty"`
	// Waiting are the strategies that accept some of Factors, which become their credentials at the
	// user's next login.
	Waiting []string `json:"waiting,omitempty"`
	// Left is set if a merge left the row's credentials out.
	Left bool `json:"left,omitempty"`
}

// Stands reports whether a proof about this state is valid for now: the same incarnation, and no
// end of the sessions since.
func (u *User) Stands(now *User) bool {
	return u == nil || u.Incarnation == now.Incarnation && u.Epoch == now.Epoch
}

// inStore returns the incarnation of the user's document.
func (u *User) inStore() string { return cmp.Or(u.stored, u.Incarnation) }

// Replacing returns the user in the place of a stored one. The user is another incarnation, so that
// all that was made for the stored one ends in the same commit. Only a ban or a lock stays.
func (u *User) Replacing(was *User) *User {
	next := *u
	next.stored, next.Version, next.Epoch, next.Standing = was.inStore(), was.Version+1, was.Epoch+1, was.Standing
	return &next
}

// Owns reports whether a claim is the user's, and not one that a former user left.
func (u *User) Owns(claim storage.Claim) bool {
	return claim.Of == storage.Users && claim.Owner == u.Kuid && claim.Incarnation == u.inStore()
}

// AnonymousKuid is the id of a caller who is not logged in.
const AnonymousKuid = "-1"

// User is one stored user. It is shared and never changed.
type User struct {
	Kuid    string
	Version int64
	// Content is the API's _source, _kuzzle_info included.
	Content json.RawMessage
	// Profiles are the content's profileIds.
	Profiles []string
	// Strategies are the names of the strategies with a record, sorted.
	Strategies []string

	// Incarnation distinguishes the user from former ones with the same kuid. stored is that of the
	// document, which the claims of the user's names have; "" before the first commit.
	Incarnation string
	stored      string
	Epoch       int64
	Picture     *Picture // nil for none
	Records     []strategies.Record
	// Contacts are sorted by age.
	Contacts   []Contact
	Provenance *Provenance
	Standing   Standing
	Metadata   *Metadata
	// Details is nil if there are none.
	Details *Details
	// UpdatedAt is the time of the user's last change that published an event, in epoch
	// milliseconds, 0 for never.
	UpdatedAt int64
	// LastSignInAt is the time of the user's last login, in epoch milliseconds, 0 for never.
	LastSignInAt int64
	// LastActiveAt is the beginning, in UTC, of the last day on which a session of the user was
	// used, in epoch milliseconds, 0 for never.
	LastActiveAt int64
	// Failures is the number of wrong proofs since the last right one, of those checked for
	// administrators; see [Lockouts.Failed].
	Failures int
	// PasswordChange is the note about the password, see [ChangeRecommended]; "" is none. marked is
	// set if the current change sets it.
	PasswordChange string
	marked         bool
	// SelfNamed are the names for logins that look like addresses of contacts, which the user chose
	// and for which nobody vouches.
	SelfNamed []string
	rev       storage.Rev
}

// Anonymous stands for a caller who is not logged in. It is not stored, and must not be written.
var Anonymous = User{
	Kuid: AnonymousKuid, Version: 1, Profiles: []string{profiles.Anonymous},
	Content: json.RawMessage(`{"name":"Anonymous","profileIds":["anonymous"]}`),
}

// Info is _kuzzle_info: authors and times of creation and change, in epoch milliseconds; null if
// unknown.
type Info struct {
	Author    any `json:"author"`
	CreatedAt any `json:"createdAt"`
	UpdatedAt any `json:"updatedAt"`
	Updater   any `json:"updater"`
}

// The members of a content that the server uses.
const (
	idKey       = "_id"
	InfoKey     = "_kuzzle_info"
	ProfilesKey = "profileIds"
)

// authPart is the part of a stored user that is never shown or indexed.
type authPart struct {
	Records    []storedRecord `json:"records,omitempty"`
	Provenance *Provenance    `json:"brought,omitempty"`
	Picture    *Picture       `json:"picture,omitempty"`
	// Standing is nil for a user who is neither banned nor locked.
	Standing     *Standing `json:"standing,omitempty"`
	Contacts     []Contact `json:"contacts,omitempty"`
	Metadata     *Metadata `json:"metadata,omitempty"`
	Details      *Details  `json:"details,omitempty"`
	UpdatedAt    int64     `json:"updatedAt,omitempty"`
	LastSignInAt int64     `json:"lastSignInAt,omitempty"`
	LastActiveAt int64     `json:"lastActiveAt,omitempty"`
	Failures     int       `json:"failures,omitempty"`

	PasswordChange string   `json:"passwordChange,omitempty"`
	SelfNamed      []string `json:"selfNamed,omitempty"`
	// Incarnation is the user's if it is not the document's.
	Incarnation string `json:"incarnation,omitempty"`
}

// storedRecord is a record on disk. Its plain []byte encodes the secret, which strategies.Secret
// hides from every encoder.
type storedRecord struct {
	Strategy    string                  `json:"strategy"`
	ID          string                  `json:"id,omitempty"`
	Identifiers []strategies.Identifier `json:"identifiers,omitempty"`
	Secret      []byte                  `json:"secret,omitempty"`
	Public      map[string]any          `json:"public,omitempty"`
	CreatedAt   int64                   `json:"createdAt"`
	UpdatedAt   int64                   `json:"updatedAt,omitempty"`
	UpdatedBy   string                  `json:"updatedBy,omitempty"`
}

// ReadUser decodes a stored user.
func ReadUser(doc storage.Document) (*User, error) {
	u := &User{
		Kuid: doc.ID, Version: doc.Version, Content: doc.Content,
		Incarnation: doc.Incarnation, stored: doc.Incarnation, Epoch: doc.Epoch, rev: doc.Rev,
	}
	var err error
	if u.Profiles, err = storedProfiles(doc.Content); err != nil {
		return nil, err
	}
	if len(doc.Auth) == 0 {
		return u, nil
	}
	var auth authPart
	if err := json.Unmarshal(doc.Auth, &auth); err != nil {
		return nil, err
	}
	for _, r := range auth.Records {
		u.Records = append(u.Records, strategies.Record{
			Strategy: r.Strategy, ID: r.ID, Identifiers: r.Identifiers, Secret: r.Secret, Public: r.Public,
			CreatedAt: millis(r.CreatedAt), UpdatedAt: millis(r.UpdatedAt), UpdatedBy: r.UpdatedBy,
		})
	}
	u.Incarnation = cmp.Or(auth.Incarnation, u.Incarnation)
	u.Strategies = StrategyNames(u.Records)
	u.Picture, u.Details, u.UpdatedAt = auth.Picture, auth.Details, auth.UpdatedAt
	u.Failures, u.PasswordChange, u.SelfNamed = auth.Failures, auth.PasswordChange, auth.SelfNamed
	u.Provenance, u.Contacts, u.Metadata, u.LastSignInAt = auth.Provenance, auth.Contacts, auth.Metadata, auth.LastSignInAt
	u.LastActiveAt = auth.LastActiveAt
	if auth.Standing != nil {
		u.Standing = *auth.Standing
	}
	return u, nil
}

// storedProfiles reads the member profileIds of a content by its exact name. A struct would also
// accept a client's own "profileids", and with it rights that the client wrote.
func storedProfiles(content json.RawMessage) ([]string, error) {
	var ids oneOrMany
	value, err := plainjson.Get(content, ProfilesKey)
	if err == nil && value != nil {
		err = json.Unmarshal(value, &ids)
	}
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// StoredInfo reads the member _kuzzle_info of a content, also by its exact name.
func StoredInfo(content json.RawMessage) (Info, error) {
	var values [4]any
	err := storedInfo(content, values[:], "author", "createdAt", "updatedAt", "updater")
	return Info{values[0], values[1], values[2], values[3]}, err
}

// StoredTimes reads the times of creation and last change from _kuzzle_info, in epoch milliseconds,
// 0 if one is no number.
func StoredTimes(content json.RawMessage) (created, updated int64, err error) {
	var values [2]any
	err = storedInfo(content, values[:], "createdAt", "updatedAt")
	first, _ := values[0].(float64)
	last, _ := values[1].(float64)
	return int64(first), int64(last), err
}

func storedInfo(content json.RawMessage, values []any, names ...string) error {
	info, err := plainjson.Get(content, InfoKey)
	if err != nil || len(info) == 0 || info[0] != '{' {
		return err
	}
	var texts [4]json.RawMessage
	if err := plainjson.Pick(info, texts[:], names...); err != nil {
		return err
	}
	for i := range values {
		if texts[i] == nil {
			continue
		}
		if values[i], err = plainjson.Value(texts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (u *User) auth() (json.RawMessage, error) {
	if len(u.Records)+len(u.Contacts) == 0 && u.Provenance == nil && u.Standing == (Standing{}) && u.Metadata == nil && u.LastSignInAt == 0 && u.LastActiveAt == 0 && u.Picture == nil && u.Details == nil && u.UpdatedAt == 0 && u.Failures == 0 && u.PasswordChange == "" && u.Incarnation == u.inStore() {
		return nil, nil
	}
	auth := authPart{Provenance: u.Provenance, Contacts: u.Contacts, Metadata: u.Metadata, LastSignInAt: u.LastSignInAt, LastActiveAt: u.LastActiveAt}
	auth.Picture, auth.Details, auth.UpdatedAt = u.Picture, u.Details, u.UpdatedAt
	auth.Failures, auth.PasswordChange, auth.SelfNamed = u.Failures, u.PasswordChange, u.SelfNamed
	if u.Standing != (Standing{}) {
		auth.Standing = &u.Standing
	}
	if u.Incarnation != u.inStore() {
		auth.Incarnation = u.Incarnation
	}
	for _, r := range u.Records {
		auth.Records = append(auth.Records, storedRecord{
			Strategy: r.Strategy, ID: r.ID, Identifiers: r.Identifiers, Secret: r.Secret, Public: r.Public,
			CreatedAt: toMillis(r.CreatedAt), UpdatedAt: toMillis(r.UpdatedAt), UpdatedBy: r.UpdatedBy,
		})
	}
	return auth.append(make([]byte, 0, 1024))
}

// StrategyNames lists the strategies of records, sorted, each once.
func StrategyNames(records []strategies.Record) []string {
	var names []string
	for _, r := range records {
		names = append(names, r.Strategy)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Claimed yields the identifiers that are unique to the user: those of the records, each with its
// strategy; then, with strategy "", the claimed contacts, and the name and external id of the
// details.
func (u *User) Claimed() iter.Seq2[string, strategies.Identifier] {
	return func(yield func(string, strategies.Identifier) bool) {
		for i := range u.Records {
			for _, id := range u.Records[i].Identifiers {
				if !yield(u.Records[i].Strategy, id) {
					return
				}
			}
		}
		for i := range u.Contacts {
			if c := &u.Contacts[i]; c.Claims() && !yield("", c.Identifier()) {
				return
			}
		}
		if u.Details == nil {
			return
		}
		if name := u.Details.Username; name != "" && !yield("", strategies.Identifier{Kind: usernameKind, Value: name}) {
			return
		}
		if id := u.Details.ExternalID; id != "" {
			yield("", strategies.Identifier{Kind: ExternalIDKind, Value: id})
		}
	}
}

// identifiers lists all identifiers of the user, in the order of the records.
func (u *User) identifiers() []strategies.Identifier {
	var all []strategies.Identifier
	for _, id := range u.Claimed() {
		if id.Kind != ExternalIDKind && id.Kind != Wallet {
			all = append(all, id)
		}
	}
	return all
}

// Claims lists the keys of the user's claimed identifiers.
func (u *User) Claims(rule Naming) ([]string, error) {
	if u == nil {
		return nil, nil
	}
	var keys []string
	for strategy, id := range u.Claimed() {
		own, err := rule.ClaimKeys(strategy, id)
		if err != nil {
			return nil, err
		}
		for _, key := range own {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys, nil
}

// oneOrMany reads profileIds, which may be a single string in an older file.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var one string
		err := json.Unmarshal(text, &one)
		*o = oneOrMany{one}
		return err
	}
	return json.Unmarshal(text, (*[]string)(o))
}

func millis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
