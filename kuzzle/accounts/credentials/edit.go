package credentials

import (
	"bytes"
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Edit is a change of several parts of a user in one commit. Zero fields stay as they are.
type Edit struct {
	// Details changes the details, of which Username is the user's name wherever it is stored. It
	// may be called again.
	Details func(*users.Details)
	// Primary has the ids of the contacts that become primary, by kind.
	Primary map[string]string
	// Credentials, by strategy, replace the user's.
	Credentials map[string]any
	// Remove lists strategies whose credentials are deleted. A name for logins stays.
	Remove []string
	// RemovePassword deletes the user's password, whichever strategy has it when the change is written.
	// Without a password the change is refused with strategies.ErrMissing, and also if only
	// NeedsPassword is set.
	RemovePassword, NeedsPassword bool
	// NoSecondPhones removes the second-factor mark from all phones.
	NoSecondPhones bool
	// Imported credentials are accepted as in an import: the rules for passwords do not apply.
	Imported bool
	// Metadata replaces the metadata of its kinds, or is merged into it if Merge is set; see
	// [users.CheckMetadata] and [users.Metadata.Patched].
	Metadata map[string]any
	Merge    bool
	// CreatedAt is the user's time of creation, in epoch milliseconds.
	CreatedAt int64
	// PasswordChange is the new note about the password; nil keeps the note, or drops it with a new
	// password; see [users.ChangeRecommended].
	PasswordChange *string
	// EndSessions ends the user's sessions, which a changed secret does only if so configured.
	EndSessions bool
	// IfVersion has the meaning of [users.Edit].
	IfVersion int64
	// Visible waits until searches see the change.
	Visible bool
	// proved is set if the user changes what needs a fresh proof.
	proved bool
}

// Edits changes users. It is safe for concurrent use.
type Edits struct{ cs *Credentials }

// NewEdits returns Edits over the credentials.
func NewEdits(cs *Credentials) *Edits { return &Edits{cs} }

// Edit makes a change of a user completely or not at all, and returns the changed user. Each part
// has its own event, as if it were changed alone.
//
// Faults: users.ErrUserNotFound, users.ErrContactNotFound, users.ErrContactNotVerified,
// users.ErrLastIdentifier, users.ErrMetadataTooLarge, users.ErrReadAgain, strategies.ErrTaken, the
// strategies' faults, and storage.ErrConflict if the user's names changed meanwhile.
func (es *Edits) Edit(ctx context.Context, by users.Actor, kuid string, in Edit) (users.User, error) {
	cs := es.cs
	e := editing{Edit: in, cs: cs, by: by}
	if err := e.judge(ctx, kuid); err != nil {
		return users.User{}, err
	}
	var now *users.User
	change := users.Edit{Visible: in.Visible, IfVersion: in.IfVersion, Retries: users.CredentialTries, Caused: func() []events.Event { return e.caused }}
	err := cs.users.Change(ctx, by, kuid, change, func(was *users.User) (_ *users.User, err error) {
		if err := sameSessions(by, e.seen, was); err != nil {
			return nil, err
		}
		if in.proved {
			if err := cs.CheckOwnFactors(ctx, by, was); err != nil {
				return nil, err
			}
		}
		if now, err = e.next(was); err == nil && len(e.caused) == 0 {
			now = was
			return nil, nil
		}
		return now, err
	})
	if err != nil {
		return users.User{}, err
	}
	if len(e.caused) > 0 && e.revoked {
		cs.sessions.EndOthers(ctx, by, kuid)
	}
	for _, event := range e.caused {
		event.Subject = users.Subject(events.User, kuid)
		cs.users.Publish(ctx, event, by)
	}
	return *now, nil
}

// editing is an Edit in progress.
type editing struct {
	Edit
	cs *Credentials
	by users.Actor
	// seen is the user as the strategies saw it; records are the records they made.
	seen    *users.User
	records []strategies.Record
	// caused has the events of the next state that was built last; revoked is set if that state
	// ends the user's sessions.
	caused  []events.Event
	revoked bool
}

// judge does all checks and hashes, so that only the write remains.
func (e *editing) judge(ctx context.Context, kuid string) (err error) {
	if e.seen, err = e.cs.users.Read(ctx, kuid); err != nil {
		return err
	}
	if err := e.cs.containment.ForeseeUser(ctx, e.by, e.seen); err != nil {
		return err
	}
	for _, name := range e.Remove {
		if err := e.removable(ctx, name); err != nil {
			return err
		}
	}
	if err := users.CheckMetadata("metadata", e.Metadata, users.MetadataKinds()); err != nil {
		return err
	}
	drafts, err := e.drafts(ctx)
	if err != nil {
		return err
	}
	preview, err := e.next(e.seen)
	if err != nil {
		return err
	}
	ctx = attempts.BeforeHashing(ctx, func() error { return e.cs.names.ProbeAll(ctx, preview) })
	for _, d := range drafts {
		r, err := e.cs.sealOne(ctx, e.by, d.Strategy, d.Draft)
		if err != nil {
			return err
		}
		e.records = append(e.records, r)
	}
	return nil
}

// removable refuses to remove credentials that the actor may not. Imported second factors of the
// user become credentials first, and are removed as such.
func (e *editing) removable(ctx context.Context, strategy string) (err error) {
	if err := e.cs.Registry.CheckStrategy(strategy); err != nil {
		return err
	}
	if e.cs.Registry.SecondFactor(strategy) == nil {
		return nil
	}
	if err := e.cs.checkFactor(ctx, e.by, e.seen, strategy); err != nil {
		return err
	}
	e.seen, err = e.cs.AdoptFactors(ctx, e.seen)
	return err
}

// drafts lets the strategies check the credentials.
func (e *editing) drafts(ctx context.Context) (all []Draft, err error) {
	family := ""
	for _, name := range slices.Sorted(maps.Keys(e.Credentials)) {
		if err := e.cs.Registry.CheckStrategy(name); err != nil {
			return nil, err
		}
		if err := e.cs.checkFactor(ctx, e.by, e.seen, name); err != nil {
			return nil, err
		}
		in, err := e.cs.CredentialsOf(e.Credentials, name, &family)
		if err != nil {
			return nil, err
		}
		reason := strategies.Update
		if len(e.cs.Registry.RecordsFor(name, e.seen.Records)) == 0 {
			reason = strategies.Create
		}
		reason = reasonOf(e.cs.Registry, e.by, name, e.Imported, reason)
		who, err := e.cs.users.Subject(ctx, e.seen, name, e.by, reason)
		if err != nil {
			return nil, err
		}
		if reason == strategies.Import {
			// Imported credentials replace a record and do not change one.
			who.Records = nil
		}
		d, err := e.cs.Registry.Strategy(name).Check(ctx, who, in)
		if err != nil {
			return nil, err
		}
		all = append(all, Draft{name, d})
	}
	return all, nil
}

// next returns a user's next state, and sets events and revoked.
func (e *editing) next(was *users.User) (*users.User, error) {
	e.caused, e.revoked = nil, e.EndSessions
	next, err := e.withContacts(was)
	if err == nil {
		next, err = e.withRecords(was, next)
	}
	if err == nil {
		next, err = e.withMetadata(next)
	}
	if err == nil {
		next, err = e.withDetails(next)
	}
	if err != nil {
		return nil, err
	}
	if was.Named() && !next.Named() {
		return nil, users.ErrLastIdentifier.New()
	}
	if said := e.PasswordChange; said != nil && (*said != next.PasswordChange || len(e.records) > 0) {
		next = next.WithPasswordChange(*said)
	}
	if len(e.caused) == 0 && (next != was || e.EndSessions) {
		e.cause(events.UserUpdated, events.Data{events.ProfileIDs: was.Profiles})
	}
	if next == was && !e.EndSessions {
		return was, nil
	}
	then := *next
	then.Version = was.Version + 1
	if e.revoked {
		then.Epoch++
	}
	for i, event := range e.caused {
		if event.Name != events.UserUpdated && event.Name != events.MetadataUpdated {
			continue
		}
		event.Data[events.Version] = then.Version
		e.caused[i] = event
	}
	return &then, nil
}

func (e *editing) cause(event string, data events.Data) {
	e.caused = append(e.caused, events.Event{Name: event, Data: data})
}

func (e *editing) withContacts(next *users.User) (*users.User, error) {
	for _, kind := range slices.Sorted(maps.Keys(e.Primary)) {
		id := e.Primary[kind]
		if c := next.Primary(kind); c != nil && c.ID == id {
			continue
		}
		var err error
		if next, err = next.WithPrimary(kind, id); err != nil {
			return nil, err
		}
		e.cause(events.ContactUpdated, events.Data{
			events.ContactID: id, events.ContactKind: kind, events.Changed: []string{events.PrimaryChanged},
		})
	}
	if !e.NoSecondPhones {
		return next, nil
	}
	contacts := slices.Clone(next.Contacts)
	for i := range contacts {
		if c := &contacts[i]; c.SecondFactor {
			c.SecondFactor = false
			e.cause(events.ContactUpdated, events.Data{
				events.ContactID: c.ID, events.ContactKind: c.Kind, events.Changed: []string{events.SecondFactorChanged},
			})
		}
	}
	if slices.Equal(contacts, next.Contacts) {
		return next, nil
	}
	return next.WithContacts(contacts), nil
}

// withRecords inserts the strategies' records. If the user's names changed since then, the records
// would restore the former names: that is a conflict.
func (e *editing) withRecords(was, next *users.User) (*users.User, error) {
	reg, name := e.cs.Registry, next.Username()
	if (e.RemovePassword || e.NeedsPassword) && !reg.HasPassword(next.Records) {
		return nil, strategies.ErrMissing.New(strategies.PasswordField)
	}
	records := slices.DeleteFunc(slices.Clone(next.Records), e.removes)
	if len(e.records) == 0 && len(records) == len(next.Records) {
		return next, nil
	}
	for _, r := range next.Records {
		if !e.removes(r) {
			continue
		}
		e.revoked = e.revoked || len(r.Secret) > 0 && !e.cs.KeepTokensOnPasswordChange
		e.cause(events.CredentialsDeleted, events.Data{events.Strategy: r.Strategy, events.Everywhere: e.revoked})
	}
	for _, r := range e.records {
		seen, now := reg.Replaced(e.seen.Records, r), reg.Replaced(records, r)
		if seen == nil != (now == nil) || now != nil && !slices.Equal(seen.Identifiers, now.Identifiers) {
			return nil, storage.ErrConflict.New(was.Kuid)
		}
		if now == nil {
			e.cause(events.CredentialsCreated, events.Data{events.Strategy: r.Strategy})
			records = reg.Put(records, r)
			continue
		}
		data := events.Data{events.Strategy: r.Strategy}
		if !bytes.Equal(now.Secret, r.Secret) {
			data[events.Changed] = []string{events.SecretChanged}
			e.revoked = e.revoked || !e.cs.KeepTokensOnPasswordChange
		}
		data[events.Everywhere] = e.revoked
		e.cause(events.CredentialsUpdated, data)
		if e.Imported {
			r = strategies.Renamed(r, now.Identifiers)
		}
		records = reg.Put(records, r)
	}
	next = next.With(records)
	if next.Username() == name {
		return next, nil
	}
	d := next.Detailed()
	d.Username = name
	return next.WithDetails(d), nil
}

func (e *editing) removes(r strategies.Record) bool {
	return slices.Contains(e.Remove, r.Strategy) || e.RemovePassword && e.cs.Registry.Verifier(r.Strategy) != nil
}

func (e *editing) withMetadata(next *users.User) (*users.User, error) {
	if len(e.Metadata) == 0 {
		return next, nil
	}
	change := next.Metadata.Replaced
	if e.Merge {
		change = next.Metadata.Patched
	}
	metadata, err := change(e.Metadata)
	if err != nil {
		return nil, err
	}
	changed := next.Metadata.Differs(metadata)
	if len(changed) == 0 {
		return next, nil
	}
	e.cause(events.MetadataUpdated, events.Data{events.Changed: changed})
	then := *next
	then.Metadata = metadata
	return &then, nil
}

func (e *editing) withDetails(next *users.User) (*users.User, error) {
	then := next
	if e.Details != nil {
		d := next.Detailed()
		d.Username = next.Username()
		before := d
		if e.Details(&d); !reflect.DeepEqual(before, d) {
			then = next.WithDetails(d)
		}
	}
	if e.CreatedAt != 0 {
		made, err := users.StoredInfo(next.Content)
		if err != nil {
			return nil, err
		}
		if at, _ := made.CreatedAt.(float64); int64(at) != e.CreatedAt {
			moved := *then
			if err := moved.MadeAt(e.CreatedAt); err != nil {
				return nil, err
			}
			then = &moved
		}
	}
	if then != next {
		e.cause(events.UserUpdated, events.Data{events.ProfileIDs: then.Profiles})
	}
	return then, nil
}

// RemoveIdentifier removes one identifier from a user's credentials of a strategy, and the
// credentials with the last identifier. Faults: users.ErrUserNotFound, strategies.ErrMissing if the
// user does not have it, users.ErrLastIdentifier.
func (es *Edits) RemoveIdentifier(ctx context.Context, by users.Actor, kuid, strategy string, id strategies.Identifier, visible bool) error {
	event := ""
	tell := func() []events.Event { return users.Tell(event, events.Data{events.Strategy: strategy}) }
	err := es.cs.users.Change(ctx, by, kuid, users.Edit{Visible: visible, Retries: users.CredentialTries, Caused: tell}, func(was *users.User) (*users.User, error) {
		at := slices.IndexFunc(was.Records, func(r strategies.Record) bool {
			return r.Strategy == strategy && slices.Contains(r.Identifiers, id)
		})
		if at < 0 {
			return nil, strategies.ErrMissing.New(strategy)
		}
		records := slices.Clone(was.Records)
		records[at].Identifiers = slices.DeleteFunc(slices.Clone(records[at].Identifiers), func(other strategies.Identifier) bool { return other == id })
		event = events.CredentialsUpdated
		if len(records[at].Identifiers) == 0 {
			event = events.CredentialsDeleted
			records = slices.Delete(records, at, at+1)
		}
		next := was.With(records)
		if was.Named() && !next.Named() {
			return nil, users.ErrLastIdentifier.New()
		}
		return next, nil
	})
	if err == nil {
		es.cs.users.Emit(ctx, event, by, users.Subject(events.User, kuid), events.Data{events.Strategy: strategy})
	}
	return err
}
