package webhooks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// document is the id of the settings document that holds the endpoints.
	document = "webhooks"
	// MaxEndpoints is the maximum number of endpoints: each costs a message per
	// event.
	MaxEndpoints = 10
	maxURL       = 2048
	// tries is how often a change of the endpoints is tried when other servers
	// write at the same time.
	tries = 10
	// purpose is the purpose for which secrets are encrypted.
	purpose = "webhooks.secret"
)

// Format is a format of messages to endpoints.
type Format struct {
	Name string
	// Events are the names of all events of the format.
	Events []string
	// Headers is the prefix of the header names of a delivery.
	Headers string
}

// Standard is the format of [Webhooks.Messages]: events about users, in the form of
// Standard Webhooks.
var Standard = Format{
	Name: "standard", Headers: "Webhook-", Events: []string{
		events.UserCreated, events.UserUpdated, events.UserReplaced, events.UserDeleted,
		events.UserBanned, events.UserUnbanned, events.UserLocked, events.UserUnlocked, events.MetadataUpdated,
		events.PictureChanged, events.PictureDeleted,
		events.CredentialsCreated, events.CredentialsUpdated, events.CredentialsDeleted, events.PasswordReset,
		events.ContactCreated, events.ContactVerified, events.ContactUpdated, events.ContactDeleted,
	},
}

// formats returns all formats.
func (h *Webhooks) formats() []Format { return append([]Format{Standard}, h.Formats...) }

func (h *Webhooks) format(name string) (Format, bool) {
	for _, f := range h.formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Endpoint is a program that receives events.
type Endpoint struct {
	ID  string `json:"_id"`
	URL string `json:"url"`
	// Format is the name of its format.
	Format string `json:"format"`
	// Events are those it wants; none is all of its format.
	Events []string `json:"events,omitempty"`
	// CreatedAt is in epoch milliseconds.
	CreatedAt int64 `json:"createdAt"`
}

// wants reports whether an endpoint wants an event in a format.
func (h *Webhooks) wants(e *Endpoint, format, event string) bool {
	wanted := e.Events
	if e.Format == format && len(wanted) == 0 {
		in, _ := h.format(format)
		wanted = in.Events
	}
	return e.Format == format && slices.Contains(wanted, event)
}

// Created is a new endpoint with its secret, which is shown only this once.
type Created struct {
	Endpoint
	Secret string `json:"secret"`
}

// stored and storedSecrets are the two areas of the document.
type (
	stored struct {
		Endpoints []Endpoint `json:"endpoints"`
	}
	storedSecrets struct {
		// Secrets are the encrypted secrets by endpoint.
		Secrets map[string][]byte `json:"secrets"`
	}
)

// state is the last state that was read.
type state struct {
	rev     storage.Rev
	all     []Endpoint
	secrets map[string][]byte
}

func (s *state) has(endpoint string) bool {
	return s != nil && slices.ContainsFunc(s.all, func(e Endpoint) bool { return e.ID == endpoint })
}

// Refresh reads the endpoints again.
func (h *Webhooks) Refresh(ctx context.Context) error {
	_, now, err := h.read(ctx)
	if err != nil {
		return err
	}
	if before := h.now.Load(); before == nil || before.rev != now.rev {
		h.now.Store(now)
		h.Written()
	}
	return nil
}

func (h *Webhooks) read(ctx context.Context) (storage.Document, *state, error) {
	doc, err := h.Store.Get(ctx, storage.Settings, document)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, &state{}, nil
	}
	var content stored
	secrets := storedSecrets{}
	if err == nil {
		err = errors.Join(json.Unmarshal(doc.Content, &content), json.Unmarshal(doc.Auth, &secrets))
	}
	for i := range content.Endpoints { // earlier versions had one format
		content.Endpoints[i].Format = cmp.Or(content.Endpoints[i].Format, Standard.Name)
	}
	return doc, &state{rev: doc.Rev, all: content.Endpoints, secrets: secrets.Secrets}, err
}

// change writes the endpoints as edit changes them. They count here at once and on
// other servers within storage.Lease.
func (h *Webhooks) change(ctx context.Context, edit func(*state) error) (err error) {
	for range tries {
		if err = h.tryChange(ctx, edit); !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			break
		}
	}
	if err != nil {
		return err
	}
	// The change is made: an error would hide a new endpoint's secret. This server knows the
	// change a moment later, as others do.
	if failed := h.Refresh(ctx); failed != nil {
		h.Log.WarnContext(ctx, "webhook endpoints could not be read after a change; it is tried again", "cause", failed)
	}
	return nil
}

func (h *Webhooks) tryChange(ctx context.Context, edit func(*state) error) error {
	doc, next, err := h.read(ctx)
	if err != nil {
		return err
	}
	if next.secrets == nil {
		next.secrets = map[string][]byte{}
	}
	if err := edit(next); err != nil {
		return err
	}
	content, err := json.Marshal(stored{next.all})
	if err != nil {
		return err
	}
	auth, err := json.Marshal(storedSecrets{next.secrets})
	if err != nil {
		return err
	}
	put := storage.Document{ID: document, Incarnation: doc.Incarnation, Version: doc.Version + 1, Content: content, Auth: auth}
	_, err = h.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: document, Put: &put, If: doc.Rev})
	return err
}

// List returns the endpoints that this server knows, without their secrets.
func (h *Webhooks) List() []Endpoint {
	if now := h.now.Load(); now != nil {
		return slices.Clone(now.all)
	}
	return nil
}

// Create adds an endpoint that receives events from now on, in a format; "" means
// the standard one.
//
// Faults: ErrURL, ErrFormat, ErrEvent, ErrTooMany.
func (h *Webhooks) Create(ctx context.Context, to, format string, wanted []string) (Created, error) {
	if err := h.checkURL(to); err != nil {
		return Created{}, err
	}
	in, is := h.format(cmp.Or(format, Standard.Name))
	if !is {
		var names []string
		for _, f := range h.formats() {
			names = append(names, f.Name)
		}
		return Created{}, ErrFormat.New(format, strings.Join(names, ", "))
	}
	for _, name := range wanted {
		if !slices.Contains(in.Events, name) {
			return Created{}, ErrEvent.New(in.Name, name, strings.Join(in.Events, ", "))
		}
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return Created{}, err
	}
	key := newSecret()
	sealed, err := h.Sealer.Seal(purpose, key)
	if err != nil {
		return Created{}, err
	}
	made := Endpoint{ID: id.String(), URL: to, Format: in.Name, Events: slices.Compact(slices.Sorted(slices.Values(wanted))), CreatedAt: h.Now().UnixMilli()}
	err = h.change(ctx, func(next *state) error {
		if len(next.all) >= MaxEndpoints {
			return ErrTooMany.New(MaxEndpoints)
		}
		next.all = append(next.all, made)
		next.secrets[made.ID] = sealed
		return nil
	})
	return Created{made, shown(key)}, err
}

// Delete removes an endpoint; its waiting messages are never sent. The server that sends
// removes these and the dead letters later. Fault: ErrNoEndpoint.
func (h *Webhooks) Delete(ctx context.Context, id string) (gone Endpoint, err error) {
	err = h.change(ctx, func(next *state) error {
		i := slices.IndexFunc(next.all, func(e Endpoint) bool { return e.ID == id })
		if i < 0 {
			return ErrNoEndpoint.New(id)
		}
		gone = next.all[i]
		next.all = slices.Delete(next.all, i, i+1)
		delete(next.secrets, id)
		return nil
	})
	return gone, err
}

// checkURL refuses unusable URLs. Addresses are checked when the server connects.
func (h *Webhooks) checkURL(to string) error {
	parsed, err := url.Parse(to)
	switch {
	case err != nil || parsed.Host == "" || len(to) > maxURL:
		return ErrURL.New("give an absolute URL of at most 2048 bytes")
	case parsed.User != nil || parsed.Fragment != "":
		return ErrURL.New("give a URL without a user, a password and a fragment; deliveries are signed")
	case parsed.Scheme == "https", parsed.Scheme == "http" && h.Private:
		return nil
	case parsed.Scheme == "http":
		return ErrURL.New("give a URL that begins with https://, or set webhooks.privateAddresses for receivers in your own network")
	}
	return ErrURL.New("give a URL that begins with https://")
}

// created returns a time in the form of events.
func created(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
