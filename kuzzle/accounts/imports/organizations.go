package imports

import (
	"context"
	"errors"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Organization is an imported organization, a membership of it, or an invitation to it: at most one
// of the latter two.
type Organization struct {
	ID string `json:"id"`
	// New is the organization itself, nil if the row is not about it. Its CreatedBy is empty: see
	// Creator.
	New        *organizations.NewOrganization `json:"new,omitempty"`
	Membership *organizations.NewMember       `json:"membership,omitempty"`
	Invitation *organizations.Invitation      `json:"invitation,omitempty"`
	// Invited is the metadata of the invitation, by kind.
	Invited map[string]any `json:"invited,omitempty"`
	// Member, Creator and Inviter identify users: by the account of an imported user, or by kuid if
	// the kind is empty; zero is nobody.
	Member  strategies.Identifier `json:"member,omitzero"`
	Creator strategies.Identifier `json:"creator,omitzero"`
	Inviter strategies.Identifier `json:"inviter,omitzero"`
}

// organizationsAtOnce is how many organizations are imported concurrently.
const organizationsAtOnce = 16

// ImportOrganizations imports organizations, memberships of users who exist here, and open
// invitations. A row equal to the stored state is unchanged; a different one is a conflict, and a
// merge merges it. An invitation that was imported before stays as it is. Limits do not apply, and
// one event reports all rows. Rows of one organization are imported in their order.
//
// The error is the store's or ctx's; faults of rows are in the results, which are in the rows'
// order.
func (im *Imports) ImportOrganizations(ctx context.Context, by users.Actor, how Import, rows []Organization) ([]RowResult, error) {
	if len(rows) > MaxImportRows {
		return nil, users.ErrWriteLimit.New()
	}
	key, err := im.Sealer.Derive(fingerprintPurpose)
	if err != nil {
		return nil, err
	}
	in := &arriving{Imports: im, by: by, how: how, key: key}
	results := make([]RowResult, len(rows))
	groups, byID := [][]int{}, map[string]int{}
	for i, row := range rows {
		at, seen := byID[row.ID]
		if !seen {
			at = len(groups)
			byID[row.ID], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	var mu sync.Mutex
	var broken error
	parallel.AtMost(organizationsAtOnce, len(groups), func(group int) {
		for _, i := range groups[group] {
			results[i] = in.organization(ctx, &rows[i])
			if failure, ok := fault.From(results[i].Err); results[i].Err != nil && (!ok || failure.Status() >= 500) {
				mu.Lock()
				defer mu.Unlock()
				broken = results[i].Err
				return
			}
		}
	})
	if broken != nil {
		return nil, broken
	}
	done := 0
	for _, result := range results {
		if result.Status == RowCreated || result.Status == RowMerged {
			done++
		}
	}
	if done > 0 && !how.DryRun {
		im.users.Emit(ctx, events.OrganizationImported, by, users.Subject(events.Organization, ""), events.Data{events.Count: done, events.Source: how.Source})
	}
	return results, nil
}

// arriving holds the organizations of one batch.
type arriving struct {
	*Imports
	by  users.Actor
	how Import
	key []byte
}

// organization imports one row.
func (in *arriving) organization(ctx context.Context, row *Organization) RowResult {
	result := RowResult{Status: RowUnchanged}
	if row.New != nil {
		result = in.bringOrganization(ctx, row)
	}
	switch {
	case result.Status == RowFailed:
		return result
	case row.Membership != nil:
		return in.bringMember(ctx, row)
	case row.Invitation != nil:
		return in.bringInvitation(ctx, row)
	}
	return result
}

// conflict returns the result of a row that differs from the stored state, and calls merge if the
// import merges.
func (in *arriving) conflict(kind, id string, merge func() error) RowResult {
	differs := ErrDefinitionDiffers.New(kind, id)
	switch {
	case in.how.OnConflict == ConflictSkip:
		return RowResult{Status: RowSkipped, Err: differs}
	case in.how.OnConflict != ConflictMerge:
		return failed(differs)
	case in.how.DryRun:
		return RowResult{Status: RowMerged}
	}
	if err := merge(); err != nil {
		return failed(err)
	}
	return RowResult{Status: RowMerged}
}

func failed(err error) RowResult { return RowResult{Status: RowFailed, Err: err} }

// here returns the user with an account, "" for none.
func (in *arriving) here(ctx context.Context, account strategies.Identifier) (kuid string, err error) {
	if account.Value == "" {
		return "", nil
	}
	u, err := in.holder(ctx, account)
	if u == nil || err != nil {
		return "", err
	}
	return u.Kuid, nil
}

func (in *arriving) holder(ctx context.Context, account strategies.Identifier) (*users.User, error) {
	if account.Kind == "" {
		u, err := in.users.Read(ctx, account.Value)
		if errors.Is(err, users.ErrUserNotFound) {
			return nil, nil
		}
		return u, err
	}
	return in.names.HolderOf(ctx, account)
}

// The kinds of rows in faults and wishes.
const (
	organizationKind = "organization"
	membershipKind   = "membership"
)

func (in *arriving) bringOrganization(ctx context.Context, row *Organization) RowResult {
	o, err := in.organizations.Organization(ctx, row.ID)
	if errors.Is(err, organizations.ErrNotFound) {
		return in.newOrganization(ctx, row)
	}
	if err != nil {
		return failed(err)
	}
	if row.Membership != nil { // a row with a membership describes its organization only if that is missing here
		return RowResult{Status: RowUnchanged}
	}
	no := row.New
	says, err := organizations.Says(o.Metadata, no.Metadata)
	switch {
	case err != nil:
		return failed(err)
	case says && o.Name == no.Name && (no.Slug == "" || o.Slug == no.Slug) && o.MaxMemberships == no.MaxMemberships && o.AdminDelete == no.AdminDelete:
		return RowResult{Status: RowUnchanged}
	}
	return in.conflict(organizationKind, row.ID, func() error {
		change := organizations.Change{Name: &no.Name, MaxMemberships: &no.MaxMemberships, AdminDelete: &no.AdminDelete, Metadata: no.Metadata}
		if no.Slug != "" {
			change.Slug = &no.Slug
		}
		_, err := in.organizations.Update(ctx, in.by, row.ID, change)
		return err
	})
}

func (in *arriving) newOrganization(ctx context.Context, row *Organization) RowResult {
	no := *row.New
	err := in.organizations.Check(row.ID, no)
	if err == nil && no.Slug != "" && in.how.DryRun {
		var other organizations.Organization
		if other, err = in.organizations.Find(ctx, no.Slug); err == nil && other.Slug == no.Slug {
			err = organizations.ErrSlugTaken.New(no.Slug)
		} else if errors.Is(err, organizations.ErrNotFound) {
			err = nil
		}
	}
	switch {
	case err != nil:
		return failed(err)
	case in.how.DryRun:
		return RowResult{Status: RowCreated, Wish: &Wish{User: wishHash(in.key, organizationKind, row.ID)}}
	}
	if no.CreatedBy, err = in.here(ctx, row.Creator); err != nil {
		return failed(err)
	}
	if _, err = in.organizations.Bring(ctx, row.ID, no, false); err != nil && !errors.Is(err, storage.ErrExists) {
		return failed(err)
	}
	return RowResult{Status: RowCreated}
}

func (in *arriving) bringMember(ctx context.Context, row *Organization) RowResult {
	nm := *row.Membership
	kuid, err := in.here(ctx, row.Member)
	if err != nil {
		return failed(err)
	}
	if kuid == "" {
		result := failed(users.ErrUserNotFound.New(row.Member.Value))
		if in.how.DryRun {
			if result.Wish, err = in.ofUser(row.Member); err != nil {
				return failed(err)
			}
		}
		return result
	}
	nm.Kuid, nm.Imported = kuid, true
	m, err := in.organizations.Members.Membership(ctx, row.ID, kuid)
	if errors.Is(err, organizations.ErrNotFound) && in.how.DryRun {
		return in.ofOrganization(row, row.New != nil)
	}
	if errors.Is(err, organizations.ErrNoMember) {
		if in.how.DryRun {
			return RowResult{Kuid: kuid, Status: RowCreated}
		}
		if _, err = in.organizations.Members.Add(ctx, in.by, row.ID, nm); err == nil {
			return RowResult{Kuid: kuid, Status: RowCreated}
		}
	}
	if err != nil {
		return failed(err)
	}
	says, err := organizations.Says(m.Metadata, nm.Metadata)
	switch {
	case err != nil:
		return failed(err)
	case says && m.Role == nm.Role:
		return RowResult{Kuid: kuid, Status: RowUnchanged}
	}
	return in.conflict(membershipKind, row.Member.Value, func() error {
		if _, err := in.organizations.Members.SetRole(ctx, in.by, row.ID, kuid, nm.Role); err != nil {
			return err
		}
		_, err := in.organizations.Members.Update(ctx, in.by, row.ID, kuid, nm.Metadata, false)
		return err
	})
}

// ofUser returns the Wish by which [DryRun] finds the user of a row.
func (in *arriving) ofUser(account strategies.Identifier) (*Wish, error) {
	if account.Kind == "" {
		return &Wish{Of: true, User: wishHash(in.key, wishedUser, account.Value)}, nil
	}
	key, err := users.Naming{Exact: in.names.Naming().Exact}.ClaimKey("", account)
	return &Wish{Of: true, Key: wishHash(in.key, wishedName, key)}, err
}

// ofOrganization returns the result, in a dry run, of a row whose organization does not exist here.
// there is set if the row itself would create it; otherwise [DryRun] decides.
func (in *arriving) ofOrganization(row *Organization, there bool) RowResult {
	if there {
		return RowResult{Status: RowCreated}
	}
	result := failed(organizations.ErrNotFound.New(row.ID))
	result.Wish = &Wish{Of: true, User: wishHash(in.key, organizationKind, row.ID)}
	return result
}

func (in *arriving) bringInvitation(ctx context.Context, row *Organization) RowResult {
	i := *row.Invitation
	i.Organization = row.ID
	if err := in.organizations.Invitations.Check(i, row.Invited); err != nil {
		if errors.Is(err, organizations.ErrNotPending) {
			return RowResult{Status: RowSkipped, Err: err}
		}
		return failed(err)
	}
	_, err := in.organizations.Invitations.Invitation(ctx, row.ID, i.ID)
	switch {
	case err == nil:
		return RowResult{Status: RowUnchanged}
	case errors.Is(err, organizations.ErrNotFound) && in.how.DryRun:
		return in.ofOrganization(row, false)
	case !errors.Is(err, organizations.ErrNoInvitation):
		return failed(err)
	case in.how.DryRun:
		return RowResult{Status: RowCreated}
	}
	if i.Inviter, err = in.here(ctx, row.Inviter); err != nil {
		return failed(err)
	}
	if err := in.organizations.Invitations.Bring(ctx, i, row.Invited); err != nil {
		return failed(err)
	}
	return RowResult{Status: RowCreated}
}
