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

// tellGains publishes the gained rights of a batch's users, one event for each set of profiles.
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

// MaxImportRows is the largest number of rows in a call of Import.
const MaxImportRows = 2000

// Row is an imported user.
type Row struct {
	// ID is the kuid; "" generates one of the given form.
	ID   string    `json:"id,omitempty"`
	Form kuid.Form `json:"form,omitempty"`
	// Wanted is the kuid to use if ID is "" and nobody has it. If somebody has it, a kuid is
	// generated, and Wanted becomes the user's external id, unless the row gives another. It does
	// not count when rows are compared, and it needs a Key.
	Wanted string `json:"wanted,omitempty"`
	// Key is the identifier that finds the existing user; the zero value means ID. It must be among
	// the identifiers of the credentials.
	Key strategies.Identifier `json:"key,omitzero"`
	// Content and Credentials have the form of createUser.
	Content     map[string]any `json:"content,omitempty"`
	Credentials map[string]any `json:"credentials,omitempty"`
	// CreatedAt is the user's time of creation in the source; the zero value is now.
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Private is stored with the user, neither indexed nor shown. Factors are second factors such
	// as TOTP secrets and backup codes; they are stored in the same way, encrypted.
	Private map[string]any `json:"private,omitempty"`
	Factors map[string]any `json:"factors,omitempty"`
	// FactorLeft is set if the user had a second factor that Factors cannot hold, such as a
	// security key.
	FactorLeft bool `json:"factorLeft,omitempty"`
	// Belongings are exported data of [users.Dependent]s, by their names. Each dependent gets its
	// data after the user was written, and again when the row comes again.
	Belongings map[string]any `json:"belongings,omitempty"`
	// Metadata is by kind; a merge merges it. See [users.CheckMetadata].
	Metadata map[string]any `json:"accountMetadata,omitempty"`
	// Details are merged into the existing ones by [users.Details.Patched]. A merge changes the
	// external id and the user name only if it changes credentials.
	Details map[string]any `json:"accountDetails,omitempty"`
	// PasswordChange is a note about the password that [users.CheckPasswordChange] accepts. A merge
	// sets it if it sets credentials.
	PasswordChange string `json:"passwordChange,omitempty"`
	// LastSignInAt is the time of the user's last login, in epoch milliseconds, 0 for never; of two
	// times the later one stays. It does not count when rows are compared.
	LastSignInAt int64 `json:"lastSignInAt,omitempty"`
	// LastActiveAt is likewise the time of the last activity; only its day is stored.
	LastActiveAt int64 `json:"lastActiveAt,omitempty"`
	// Contacts are checked by [users.Names.CheckContacts]. A merge adds them if it adds
	// credentials, and removes none.
	Contacts []users.Contact `json:"accountContacts,omitempty"`
	// Addresses are contacts of another system. They join Contacts, see [users.Names.AddContacts];
	// addresses that are invalid here are left out.
	Addresses []users.Contact `json:"addresses,omitempty"`
	// Standing bans or locks the user, at [SincePresent] or a time in the past. A negative end of a
	// lock is that many milliseconds after the import. A merge lifts neither a ban nor a lock.
	users.Standing
	// Removes lists the parts that the user no longer has: [ContentPart] and the others, or a
	// member of one, separated by a dot, such as "content.name", "credentials.local",
	// "credentials.external.phone" or "accountContacts.email". A merge removes them first. Then it
	// removes what is null in the row: members of Content, Private and Factors, a strategy of
	// Credentials, or a field of one. Everything that the row does not mention stays. For a new
	// user nothing is removed.
	Removes []string `json:"removes,omitempty"`
}

// SincePresent, as a time of a [Row]'s standing, is the time of the import.
const SincePresent = -1

// Conflict is the treatment of a row whose user exists already and differs.
type Conflict string

// The treatments of a conflict.
const (
	ConflictFail  Conflict = "fail"
	ConflictSkip  Conflict = "skip"
	ConflictMerge Conflict = "merge"
)

// Import has the options of an import.
type Import struct {
	// Source names the source system in events.
	Source     string   `json:"source,omitempty"`
	OnConflict Conflict `json:"onConflict,omitempty"`
	// MergeCredentials lets a merge also replace and add credentials; the user's sessions end then, but for the
	// importing one.
	MergeCredentials bool `json:"mergeCredentials,omitempty"`
	// DryRun checks everything and writes nothing.
	DryRun bool `json:"dryRun,omitempty"`
	// With has further fields for the credentials of a strategy, for every row that has some. They
	// are options, so they do not count when rows are compared: a row that was imported with others
	// is unchanged.
	With map[string]map[string]any `json:"with,omitempty"`
	// Planned has what the same dry run would have written before these rows.
	Planned Planned `json:"planned,omitzero"`
}

// Imported is the result of a row.
type Imported string

// The results of rows.
const (
	RowCreated Imported = "created"
	// RowUnchanged: the user was already imported from the same row.
	RowUnchanged Imported = "unchanged"
	RowMerged    Imported = "merged"
	RowSkipped   Imported = "skipped"
	RowFailed    Imported = "failed"
)

// RowResult is the result of a row; Err is the reason if it failed or was skipped. In a dry run it
// is the result of the row alone. Wish, which is set if the row is valid, is for [DryRun] to
// compare rows.
type RowResult struct {
	Kuid   string
	Status Imported
	Err    error
	Wish   *Wish
	// NoPassword is set if the user was or would be created without a password.
	NoPassword bool
	// FactorLeft is set if the user had a second factor that no strategy accepts: logins will not
	// ask for it.
	FactorLeft bool
	// AddressLeft is set if an address of the user became no contact.
	AddressLeft bool
	// Changed are the names of the fields that a merge changed, or would change, such as
	// content.name. "others" stands for those beyond 50. A dry run compares with the stored user,
	// without earlier rows.
	Changed []string
}

// Import creates many users with few waits. Each row is checked, claimed and written like a user of
// Create, and succeeds or fails alone. A row that was imported before changes nothing, whatever
// happened to the user since. Of rows with equal keys the first one wins. Results are in the order
// of the rows.
//
// One event reports all of them. The error is the store's or ctx's, and holds for the rows without
// a result; faults of rows are in the results.
func (im *Imports) Import(ctx context.Context, by users.Actor, how Import, rows []Row) ([]RowResult, error) {
	return im.Importer(by).Begin(ctx, how, rows)()
}

// importing is one batch.
type importing struct {
	*Imports
	by users.Actor
	// all are by and the senders.
	all     []users.Actor
	how     Import
	key     []byte
	results []RowResult

	mu    sync.Mutex
	roles map[string][]string
	// there holds sets of profiles that were found to exist.
	there map[string]bool
}

// plannedRow is a row ready to be written.
type plannedRow struct {
	row   *Row
	user  *users.User
	write storage.Change
	// factorLeft is set if a second factor of the row is left out, addressLeft if an address is.
	factorLeft, addressLeft bool
	// contacts are the row's own, without those from its addresses.
	contacts []users.Contact
}

// brought is the event for outside programs about a user whom a row created or changed.
var brought = users.Tell(events.UserImported, nil)

// write commits the planned rows together, and then settles one by one those whose user exists
// already.
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
	made := make(map[string]int, len(at)) // users created by rows of this batch, with the row
	for n, i := range at {
		p, result := planned[i], &results[i]
		in.users.Forget(p.user.Kuid)
		switch {
		case err != nil: // a profile was deleted or gained rights since it was checked
			result.Err = err
		case written[n].Err == nil:
			in.created(ctx, p, result)
			made[p.user.Kuid] = i
		}
	}
	in.tellGains(ctx, planned, made)
	for n, i := range at {
		if err == nil && written[n].Err != nil {
			// A user whom a later row created does not exist yet for this row.
			in.settle(ctx, planned[i], &results[i], written[n].Err, func(u *users.User) bool { return made[u.Kuid] <= i })
		}
	}
}

func (in *importing) created(ctx context.Context, p *plannedRow, result *RowResult) {
	*result = RowResult{Kuid: p.user.Kuid, Status: RowCreated, NoPassword: in.noPassword(p), FactorLeft: p.factorLeft, AddressLeft: p.addressLeft}
	result.Err = in.users.Restore(ctx, p.user.Kuid, p.row.Belongings)
}

// settle finds the user whom a row met, among those who existed before the row.
func (in *importing) settle(ctx context.Context, p *plannedRow, result *RowResult, refusal error, before func(*users.User) bool) {
	refusal = in.users.ExplainRefusal(ctx, users.Change{By: in.by, Next: p.user}, refusal)
	if errors.Is(refusal, users.ErrUserExists) && p.row.ID == "" {
		if refusal = in.again(ctx, p); refusal == nil {
			in.created(ctx, p, result)
			return
		}
		// The id said nothing about the row. The present holder of its key is the same user, even
		// one whom a later row created.
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

// again writes a row under another generated id, because the first one is taken: by another user,
// or, if the row wanted the id, by the very user whom the row means.
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

// same returns the existing user whom the row means; nil for none. A generated id means no user.
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
	// A user whose name only looks the same is another user, and must not be merged.
	if in.names.Naming().Alike && !u.Spells(p.row.Key) {
		return nil, users.TakenBy(p.row.Key, u, true)
	}
	return u, nil
}

// meet applies the import's conflict treatment to a row whose user exists.
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
		result.Changed, result.Err = in.mergeable(ctx, p, u)
		result.Status = RowMerged
	case in.how.OnConflict == ConflictMerge:
		if result.Changed, result.Err = in.merge(ctx, p, u.Kuid); result.Err == nil {
			result.Err = in.users.Restore(ctx, u.Kuid, p.row.Belongings)
		}
		result.Status = RowMerged
	default:
		result.Err = ErrUserDiffers.New(u.Kuid)
	}
}

// judge returns the result that write would have for a row alone.
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

// noPassword reports whether none of a row's credentials is a password. Such users are imported
// too: users of an identity provider have none.
func (in *importing) noPassword(p *plannedRow) bool {
	return !in.Registry.HasPassword(p.user.Records)
}

// free refuses a row whose user is new, but whose names others hold.
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
	wanted.Kuid = p.row.ID // a generated id may be taken
	return in.names.ProbeAll(ctx, &wanted)
}

// finish sets the results of rows with an error, and publishes the event. An error that only the
// operator can fix ends the import.
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
