package tickets

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Kind is the purpose of a ticket.
type Kind string

// The kinds.
const (
	SignIn     Kind = "sign-in"
	Acting     Kind = "acting"
	Invitation Kind = "invitation"
)

// prefixes begin the ids of tickets.
var prefixes = map[Kind]string{SignIn: "sit_", Acting: "act_", Invitation: "inv_"}

// The statuses.
const (
	Pending  = "pending"
	Accepted = "accepted"
	Revoked  = "revoked"
	Expired  = "expired"
	// deleted is the status of a trace. begun is the searchable status of an invitation that is
	// being redeemed.
	deleted = "deleted"
	begun   = "begun"
)

// Ticket is a stored ticket. Times are in epoch milliseconds.
type Ticket struct {
	ID     string `json:"-"`
	Kind   Kind   `json:"kind"`
	Status string `json:"status"`
	// Kuid is the user that it logs in, or who accepted the invitation, in that incarnation; "" is
	// none yet.
	Kuid        string `json:"kuid,omitempty"`
	Incarnation string `json:"incarnation,omitempty"`
	// Actor is the actor in the user's place, and Within the longest session.
	Actor  map[string]any `json:"actor,omitempty"`
	Within time.Duration  `json:"within,omitempty"`
	// ActBy is [strategies.Outcome.ActBy]. MadeBy is the service key that made the ticket, "" for
	// none; the unused ticket ends with it.
	ActBy  string `json:"actBy,omitempty"`
	MadeBy string `json:"madeBy,omitempty"`
	// Organization and Membership are for the session, "" for none.
	Organization string `json:"organization,omitempty"`
	Membership   string `json:"membership,omitempty"`
	// Email is the invited address, in the spelling of [users.CanonicalContact].
	Email string `json:"email,omitempty"`
	// Metadata is the initial public metadata of the invited user.
	Metadata map[string]any `json:"metadata,omitempty"`
	// RedirectURL is the target of the link, "" for a page of this server.
	RedirectURL string `json:"redirectUrl,omitempty"`
	// Alone is set if the address has no other open invitation.
	Alone       bool   `json:"alone,omitempty"`
	Fingerprint string `json:"fingerprint"`
	ExpiresAt   int64  `json:"expiresAt"`
	CreatedAt   int64  `json:"createdAt"`
	UpdatedAt   int64  `json:"updatedAt"`
	// RemoveAt is when Upkeep removes the row.
	RemoveAt int64 `json:"removeAt"`

	// begun is set while an invitation is being redeemed.
	begun   bool
	version int64
	rev     storage.Rev
}

// kept is the stored form of a ticket.
type kept struct {
	*Ticket
	Begun bool `json:"begun,omitempty"`
}

// The searchable fields.
const (
	kindField      = "kind"
	kuidField      = "kuid"
	emailField     = "email"
	statusField    = "status"
	createdAtField = "createdAt"
	expiresAtField = "expiresAt"
	removeAtField  = "removeAt"
)

func (t *Ticket) document() (storage.Document, error) {
	seen := map[string]any{removeAtField: t.RemoveAt}
	if t.Status != deleted {
		seen[kindField], seen[statusField] = t.Kind, t.stored()
		seen[createdAtField], seen[expiresAtField] = t.CreatedAt, t.ExpiresAt
		for field, text := range map[string]string{kuidField: t.Kuid, emailField: users.Fold(t.Email)} {
			if text != "" {
				seen[field] = text
			}
		}
	}
	content, err := users.Encode(seen)
	if err != nil {
		return storage.Document{}, err
	}
	auth, err := users.Encode(kept{t, t.begun})
	return storage.Document{ID: t.ID, Version: t.version + 1, Content: content, Auth: auth}, err
}

// read decodes a ticket in its state at a time.
func read(doc storage.Document, now time.Time) (*Ticket, error) {
	t := &Ticket{ID: doc.ID, version: doc.Version, rev: doc.Rev}
	whole := kept{Ticket: t}
	err := json.Unmarshal(doc.Auth, &whole)
	t.begun = whole.Begun
	if t.Status == Pending && t.ExpiresAt <= now.UnixMilli() {
		t.Status = Expired
	}
	return t, err
}

// stored returns the searchable status.
func (t *Ticket) stored() string {
	switch {
	case t.Status == Expired:
		return Pending // it is pending until it is accepted or revoked
	case t.begun:
		return begun
	}
	return t.Status
}

func missing(id string, err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return ErrNotFound.New(id)
	}
	return err
}

const (
	letters      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	idLength     = 27
	secretLength = 43
	// separator lies between the id and the secret of a ticket.
	separator = "."
	maxTicket = 256
)

// random returns a text of length letters, of almost six random bits each.
func random(length int) string {
	text := make([]byte, 0, length)
	var drawn [64]byte
	for len(text) < length {
		_, _ = rand.Read(drawn[:]) // never fails
		for _, b := range drawn {
			if int(b) < 256/len(letters)*len(letters) && len(text) < length {
				text = append(text, letters[int(b)%len(letters)])
			}
		}
	}
	return string(text)
}

// draw returns a new secret half of a ticket and its fingerprint.
func draw() (secret, fingerprint string) {
	secret = random(secretLength)
	return secret, fingerprintOf(secret)
}

func fingerprintOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// split returns the two halves of a ticket; ok is false for other texts. The id of an invitation to
// an organization begins with the organization's id.
func split(ticket string) (id, secret string, ok bool) {
	at := strings.LastIndex(ticket, separator)
	if at < 0 || len(ticket) > maxTicket {
		return "", "", false
	}
	id, secret = ticket[:at], ticket[at+1:]
	return id, secret, storage.IsID(id) && strings.Count(id, separator) < 2
}

// fits reports whether a fingerprint is that of a secret.
func fits(fingerprint, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(fingerprint), []byte(fingerprintOf(secret))) == 1
}
