package imports

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// tellGains is tellGain for the users of a batch, one event for each set of
// profiles.
func (in *importing) tellGains(ctx context.Context, planned []*plannedRow, made map[string]int) {
	kuids, sets := map[string][]string{}, map[string][]string{}
	for kuid, i := range made {
		if gained := users.Added(in.RestrictedProfiles, planned[i].user.Profiles); len(gained) > 0 {
			name := strings.Join(gained, "\x00")
			kuids[name], sets[name] = append(kuids[name], kuid), gained
		}
	}
	for name, gained := range sets {
		slices.Sort(kuids[name])
		in.users.Emit(ctx, events.RightsGranted, in.by, users.Subject(events.User, ""),
			events.Data{events.ProfileIDs: gained, events.UserIDs: kuids[name], events.Count: len(kuids[name])})
	}
}

// MaxImportRows is how many rows one call of Import takes.
const MaxImportRows = 2000

// Row is a user brought from elsewhere.
type Row struct {
	// ID is the kuid to have; "" makes one of the given form.
	ID   string    `json:"id,omitempty"`
	Form kuid.Form `json:"form,omitempty"`
	// Wanted is the kuid to have where ID is "" and nobody has it; else one is drawn,
	// and it becomes the external id of the user, unless the row gives another. It is no
	// part of what makes a row another one, and needs a Key.
	Wanted string `json:"wanted,omitempty"`
	// Key is the identifier by which a user who is here already is the same
	// one; the zero value means ID. It has to be among the identifiers of the
	// credentials.
	Key strategies.Identifier `json:"key,omitzero"`
	// Content and Credentials are those of createUser.
	Content     map[string]any `json:"content,omitempty"`
	Credentials map[string]any `json:"credentials,omitempty"`
	// CreatedAt is when the user came to be where it was; the present if zero.
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Private is kept with the user, not indexed and not shown; Factors too,
	// and encrypted: second factors such as TOTP secrets and backup codes.
	Private map[string]any `json:"private,omitempty"`
	Factors map[string]any `json:"factors,omitempty"`
	// FactorLeft tells that the user had a second factor that Factors cannot hold,
	// such as a security key.
	FactorLeft bool `json:"factorLeft,omitempty"`
	// Belongings are what [users.Dependent]s of the user wrote out, by their names.
	// They get them after the user is written, and again when the row is.
	Belongings map[string]any `json:"belongings,omitempty"`
	// Metadata is by kind; a merge lays it over what is there. See [users.CheckMetadata].
	Metadata map[string]any `json:"accountMetadata,omitempty"`
	// Details are laid over those that are there, as [users.Details.Patched] says. A merge
	// changes the external id and the user name only where it changes credentials.
	Details map[string]any `json:"accountDetails,omitempty"`
	// PasswordChange is what is said of the password, as [users.CheckPasswordChange] lets
	// through. A merge brings it where it brings credentials.
	PasswordChange string `json:"passwordChange,omitempty"`
	// LastSignInAt is when the user logged in last, in epoch milliseconds, 0 for never;
	// of two times the later one stays. It is no part of what makes a row another one.
	LastSignInAt int64 `json:"lastSignInAt,omitempty"`
	// LastActiveAt likewise is when the user was active last; its day is kept.
	LastActiveAt int64 `json:"lastActiveAt,omitempty"`
	// Contacts are judged by [users.Names.CheckContacts]. A merge adds them where it adds
	// credentials, and takes none away.
	Contacts []users.Contact `json:"accountContacts,omitempty"`
	// Addresses are contacts as another system knows them. They join Contacts, see
	// [users.Names.AddContacts], but for those that can be none here.
	Addresses []users.Contact `json:"addresses,omitempty"`
	// Standing bans or locks the user, from [SincePresent] or a time that has passed.
	// An end of a lock below 0 is so many milliseconds after the row is brought. A
	// merge lifts neither.
	users.Standing
	// Removes are the parts that the user has no more: [ContentPart] and the
	// others, or a member of one behind a dot, such as "content.name",
	// "credentials.local", "credentials.external.phone" or "accountContacts.email".
	// A merge removes them
	// first, and then what is null anywhere in the row: in Content, Private and
	// Factors, a strategy of Credentials, or a field of one. Whatever the row does
	// not mention stays. A row that makes a user removes nothing.
	Removes []string `json:"removes,omitempty"`
}

// SincePresent, as a time of a [Row]'s standing, is when the row is brought.
const SincePresent = -1

// Conflict says what becomes of a row whose user is here already, and differs.
type Conflict string

// The answers to a conflict.
const (
	ConflictFail  Conflict = "fail"
	ConflictSkip  Conflict = "skip"
	ConflictMerge Conflict = "merge"
)

// Import says how rows are brought in.
type Import struct {
	// Source names where they come from, for events.
	Source     string   `json:"source,omitempty"`
	OnConflict Conflict `json:"onConflict,omitempty"`
	// MergeCredentials lets a merge replace and add credentials too; the
	// user's sessions end with it.
	MergeCredentials bool `json:"mergeCredentials,omitempty"`
	// DryRun judges everything and writes nothing.
	DryRun bool `json:"dryRun,omitempty"`
	// With are further fields for the credentials of a strategy, in every row
	// that has some. They say how to keep a row and not what it is: a row that
	// was brought with others is the same.
	With map[string]map[string]any `json:"with,omitempty"`
	// Planned is what the same dry run would have written before these rows.
	Planned Planned `json:"planned,omitzero"`
}

// Imported tells what became of a row.
type Imported string

// What becomes of rows.
const (
	RowCreated Imported = "created"
	// RowUnchanged: the user is here already, brought by the very same row.
	RowUnchanged Imported = "unchanged"
	RowMerged    Imported = "merged"
	RowSkipped   Imported = "skipped"
	RowFailed    Imported = "failed"
)

// RowResult is what became of a row; Err says why one failed or was skipped. In a
// dry run it is what the row alone would come to, and Wish, where nothing is wrong
// with the row itself, what [DryRun] compares it with other rows by.
type RowResult struct {
	Kuid   string
	Status Imported
	Err    error
	Wish   *Wish
	// NoPassword tells that the user would be created, or was, without one.
	NoPassword bool
	// FactorLeft tells that the user had a second factor that stays behind, since no
	// strategy takes it: nobody will be asked for it.
	FactorLeft bool
	// AddressLeft tells that an address of the user became no contact.
	AddressLeft bool
}

// Import creates many users with few waits: each row is checked, claimed and
// written as Create does it, and stands or falls alone. A row that was brought
// before changes nothing, whatever happened in between. Of equal keys the first
// row wins. Results are in the order of the rows.
//
// One event tells of all of them. The error is that of the store or of ctx, for
// whatever was not judged; faults of rows are in the results.
func (im *Imports) Import(ctx context.Context, by users.Actor, how Import, rows []Row) ([]RowResult, error) {
	return im.Importer(by).Begin(ctx, how, rows)()
}

// importing is one batch.
type importing struct {
	*Imports
	by      users.Actor
	how     Import
	key     []byte
	results []RowResult

	mu    sync.Mutex
	roles map[string][]string
	// there are sets of profiles that were found to exist.
	there map[string]bool
}

// plannedRow is a row ready to be written.
type plannedRow struct {
	row   *Row
	user  *users.User
	write storage.Change
	// factorLeft is set where a second factor of the row stays behind, addressLeft
	// where an address does.
	factorLeft, addressLeft bool
	// contacts are the row's own, without its addresses.
	contacts []users.Contact
}

// brought is what programs outside are told of a user that a row makes or changes.
var brought = users.Tell(events.UserImported, nil)

// write commits what is planned, all in one go, and then settles one by one
// what met somebody who was there already.
func (in *importing) write(ctx context.Context, planned []*plannedRow, results []RowResult) {
	var changes []storage.Change
	var at []int
	var profileIDs []string
	for i, p := range planned {
		if p == nil {
			continue
		}
		changes, at = append(changes, p.write), append(at, i)
		in.users.Forget(p.user.Kuid)
		for _, id := range p.user.Profiles {
			if !slices.Contains(profileIDs, id) {
				profileIDs = append(profileIDs, id)
			}
		}
	}
	var written []storage.Result
	err := in.Rights.Hold(ctx, profileIDs, func() error {
		if err := in.containment.Contain(ctx, in.by, profileIDs...); err != nil {
			return err
		}
		written = in.Store.CommitMany(ctx, changes)
		return nil
	})
	made := make(map[string]int, len(at)) // rows by the users they made
	for n, i := range at {
		p, result := planned[i], &results[i]
		in.users.Forget(p.user.Kuid)
		switch {
		case err != nil: // a profile was deleted or has grown since it was checked
			result.Err = err
		case written[n].Err == nil:
			in.created(ctx, p, result)
			made[p.user.Kuid] = i
		}
	}
	in.tellGains(ctx, planned, made)
	for n, i := range at {
		if err == nil && written[n].Err != nil {
			// Whom a later row made is nobody yet to this one.
			in.settle(ctx, planned[i], &results[i], written[n].Err, func(u *users.User) bool { return made[u.Kuid] <= i })
		}
	}
}

func (in *importing) created(ctx context.Context, p *plannedRow, result *RowResult) {
	*result = RowResult{Kuid: p.user.Kuid, Status: RowCreated, NoPassword: in.noPassword(p), FactorLeft: p.factorLeft, AddressLeft: p.addressLeft}
	result.Err = in.users.Restore(ctx, p.user.Kuid, p.row.Belongings)
}

// settle finds out whom a row met, of those who were there before it.
func (in *importing) settle(ctx context.Context, p *plannedRow, result *RowResult, refusal error, before func(*users.User) bool) {
	refusal = in.users.ExplainRefusal(ctx, users.Change{By: in.by, Next: p.user}, refusal)
	if errors.Is(refusal, users.ErrUserExists) && p.row.ID == "" {
		if refusal = in.again(ctx, p); refusal == nil {
			in.created(ctx, p, result)
			return
		}
		// The id said nothing about the row. Whoever holds its key by now is the
		// same user, also if a later row made that user.
		before = func(*users.User) bool { return true }
	}
	if !errors.Is(refusal, users.ErrUserExists) && !errors.Is(refusal, strategies.ErrTaken) {
		result.Err = refusal
		return
	}
	same, err := in.same(ctx, p)
	switch {
	case err != nil:
		result.Err = err
	case same == nil || !before(same):
		result.Err = refusal
	default:
		in.meet(ctx, p, same, result)
	}
}

// again writes a row under another drawn id, since somebody has the first one: another
// user, or where the row wanted it the very user whom the row means.
func (in *importing) again(ctx context.Context, p *plannedRow) (err error) {
	if p.user.Kuid == p.row.Wanted {
		if same, err := in.same(ctx, p); same != nil || err != nil {
			return cmp.Or[error](err, users.ErrUserExists.New(p.user.Kuid))
		}
	}
	for range credentials.IDTries {
		if p.user.Kuid, err = in.drawn(p.row); err != nil {
			return err
		}
		if p.user.Details, err = in.elsewhere(p.row, p.user.Kuid, p.user.Details); err != nil {
			return err
		}
		if err = in.users.Commit(ctx, users.Change{By: in.by, Next: p.user, Tell: brought}); !errors.Is(err, users.ErrUserExists) {
			return err
		}
	}
	return err
}

// same finds the user who is here already as whom the row means; nil for nobody.
// An id that was drawn for the row means nobody.
func (in *importing) same(ctx context.Context, p *plannedRow) (*users.User, error) {
	if p.row.Key.Kind == "" {
		if p.row.ID == "" {
			return nil, nil
		}
		u, err := in.users.Read(ctx, p.user.Kuid)
		if errors.Is(err, users.ErrUserNotFound) {
			return nil, nil
		}
		return u, err
	}
	u, err := in.names.HolderOf(ctx, p.row.Key)
	if err != nil || u == nil {
		return nil, err
	}
	// Who only looks the same is somebody else, whom no row may be merged into.
	if in.names.Naming().Alike && !u.Spells(p.row.Key) {
		return nil, users.ErrLooksTaken.New(p.row.Key.Kind).Because(strategies.ErrTaken.New(p.row.Key.Kind))
	}
	return u, nil
}

// meet applies what was asked for to a row whose user is here.
func (in *importing) meet(ctx context.Context, p *plannedRow, u *users.User, result *RowResult) {
	result.Kuid, result.FactorLeft, result.AddressLeft = u.Kuid, p.factorLeft, p.addressLeft && in.how.MergeCredentials
	switch {
	case in.unchanged(u, p):
		result.Status = RowUnchanged
		if !in.how.DryRun {
			result.Err = in.users.Restore(ctx, u.Kuid, p.row.Belongings)
		}
	case in.how.OnConflict == ConflictSkip:
		result.Status, result.Err = RowSkipped, ErrUserDiffers.New(u.Kuid)
	case in.how.OnConflict == ConflictMerge && in.how.DryRun:
		result.Err = in.mergeable(ctx, p, u)
		result.Status = RowMerged
	case in.how.OnConflict == ConflictMerge:
		if result.Err = in.merge(ctx, p, u.Kuid); result.Err == nil {
			result.Err = in.users.Restore(ctx, u.Kuid, p.row.Belongings)
		}
		result.Status = RowMerged
	default:
		result.Err = ErrUserDiffers.New(u.Kuid)
	}
}

// judge tells what write would do with a row, if it came alone.
func (in *importing) judge(ctx context.Context, p *plannedRow, result *RowResult) {
	if p == nil {
		return
	}
	same, err := in.same(ctx, p)
	if err == nil {
		result.Wish, err = in.wish(p, same)
	}
	switch {
	case err != nil:
		result.Err = err
	case same != nil:
		in.meet(ctx, p, same, result)
	default:
		result.Status, result.Err = RowCreated, in.free(ctx, p)
		result.NoPassword, result.FactorLeft, result.AddressLeft = in.noPassword(p), p.factorLeft, p.addressLeft
	}
}

// noPassword tells whether nothing that a row brings answers a password. Such
// users come all the same: who only ever came through a provider has none.
func (in *importing) noPassword(p *plannedRow) bool {
	return !slices.ContainsFunc(p.user.Records, func(r strategies.Record) bool { return in.Registry.Verifier(r.Strategy) != nil })
}

// free tells whether what a row wants, who is nobody here, is nobody's.
func (in *importing) free(ctx context.Context, p *plannedRow) error {
	if p.row.ID != "" && p.row.Key.Kind != "" {
		switch _, err := in.users.Read(ctx, p.row.ID); {
		case err == nil:
			return users.ErrUserExists.New(p.row.ID)
		case !errors.Is(err, users.ErrUserNotFound):
			return err
		}
	}
	wanted := *p.user
	wanted.Kuid = p.row.ID // a drawn id may be somebody's
	return in.names.ProbeAll(ctx, &wanted)
}

// finish names what became of the rows that have an error, and tells listeners.
// What only the operator can mend ends the import.
func (in *importing) finish(ctx context.Context) error {
	var broken error
	done, failed := 0, 0
	for i := range in.results {
		r := &in.results[i]
		r.NoPassword = r.NoPassword && r.Status == RowCreated && r.Err == nil
		written := (r.Status == RowCreated || r.Status == RowMerged) && r.Err == nil
		r.FactorLeft, r.AddressLeft = r.FactorLeft && written, r.AddressLeft && written
		if r.Err != nil && r.Status != RowSkipped {
			r.Status = RowFailed
		}
		switch r.Status {
		case RowCreated, RowMerged:
			done++
		case RowFailed:
			failed++
		}
		if failure, ok := fault.From(r.Err); r.Err != nil && (!ok || failure.Status() >= 500) && broken == nil {
			broken = r.Err
		}
	}
	if !in.how.DryRun && done+failed > 0 {
		in.users.Emit(ctx, events.UserImported, in.by, users.Subject(events.User, ""),
			events.Data{events.Count: done, events.Failures: failed, events.Source: in.how.Source})
	}
	return broken
}
