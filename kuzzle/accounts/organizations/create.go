package organizations

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// NewOrganization is an organization to create.
type NewOrganization struct {
	Name string
	// Slug is derived from the name if it is "".
	Slug string
	// CreatedBy becomes the first administrator; "" is none.
	CreatedBy      string
	MaxMemberships int
	AdminDelete    bool
	// Metadata is by kind, in the form for [users.Metadata.Patched].
	Metadata map[string]any
	// CreatedAt is in epoch milliseconds, 0 for now.
	CreatedAt int64
}

// Create creates an organization, with its creator as administrator.
//
// Faults: ErrName, ErrSlug, ErrSlugTaken, ErrLimit, ErrCreator, ErrCreationOff, ErrCreationLimit,
// and those of metadata.
func (os *Organizations) Create(ctx context.Context, by users.Actor, no NewOrganization) (Organization, error) {
	s, err := os.started(no)
	if err != nil {
		return Organization{}, err
	}
	var creator *users.User
	if no.CreatedBy != "" {
		creator, err = os.users.Read(ctx, no.CreatedBy)
		if errors.Is(err, users.ErrUserNotFound) {
			err = ErrCreator.New(no.CreatedBy)
		}
		if err != nil {
			return Organization{}, err
		}
	}
	if creator == nil {
		if err := os.found(ctx, by, s, no.Slug == "", nil); err != nil {
			return Organization{}, err
		}
	} else if err := os.foundBy(ctx, by, s, no.Slug == "", creator); err != nil {
		return Organization{}, err
	}
	os.emit(ctx, events.OrganizationCreated, by, events.Organization, s.ID, nil)
	if creator != nil {
		os.emit(ctx, events.MembershipCreated, by, events.Organization, s.ID, about(creator.Kuid, Admin))
	}
	return s.Organization, nil
}

// started returns the first state of an organization.
func (os *Organizations) started(no NewOrganization) (*state, error) {
	no.Name = strings.TrimSpace(no.Name)
	err := checkName(no.Name)
	if err == nil && no.Slug != "" {
		err = checkSlug(no.Slug)
	}
	if err == nil {
		err = checkLimit(no.MaxMemberships)
	}
	if err == nil {
		err = checkMetadata(no.Metadata)
	}
	if err != nil {
		return nil, err
	}
	metadata, err := patched(nil, no.Metadata, false)
	if err != nil {
		return nil, err
	}
	now := os.millis()
	if no.CreatedAt == 0 {
		no.CreatedAt = now
	}
	slug := no.Slug
	if slug == "" {
		slug = slugOf(no.Name)
	}
	return &state{Organization: Organization{
		ID: newID(idPrefix), Name: no.Name, Slug: slug, CreatedBy: no.CreatedBy, MaxMemberships: no.MaxMemberships,
		AdminDelete: no.AdminDelete, Metadata: metadata, CreatedAt: no.CreatedAt, UpdatedAt: now,
	}}, nil
}

// found writes a new organization. With free set a taken slug is replaced by another one. seats are
// claims of which the organization needs one.
func (os *Organizations) found(ctx context.Context, by users.Actor, s *state, free bool, seats []string) error {
	base := s.Slug
	for try := 0; try < tries; try++ {
		write := storage.Change{In: storage.Organizations, ID: s.ID, Take: []storage.Take{{Key: slugKey(s.Slug)}}, Visible: true}
		if s.Seat = ""; len(seats) > 0 {
			s.Seat = seats[0]
			write.Take = append(write.Take, storage.Take{Key: s.Seat})
		}
		var err error
		if write.Put, err = s.document(); err != nil {
			return err
		}
		if write.Outbox, err = os.told(ctx, Told{By: by, Event: events.OrganizationCreated, Organization: &s.Organization}); err != nil {
			return err
		}
		s.rev, err = os.commit(ctx, write)
		var taken *storage.TakenError
		switch {
		case !errors.As(err, &taken):
			return err
		case taken.Key == s.Seat:
			if seats = seats[1:]; len(seats) == 0 {
				return errNoSeat
			}
			try-- // this was none for the slug
		case !free:
			return ErrSlugTaken.New(s.Slug)
		case try < tries-1:
			s.Slug = fmt.Sprintf("%s-%06d", base, mathrand.IntN(1_000_000))
		}
	}
	return storage.ErrConflict.New(s.ID)
}

var errNoSeat = errors.New("organizations: no seat is free")

// foundBy writes a new organization with its first administrator.
func (os *Organizations) foundBy(ctx context.Context, by users.Actor, s *state, free bool, creator *users.User) error {
	seats, most, err := os.seats(ctx, creator)
	if err != nil {
		return err
	}
	first := intent{ID: newID(intentPrefix), Do: add, Kuid: creator.Kuid, Role: Admin, At: os.millis(), Founds: true, by: by}
	s.Members, s.Intents = 1, []intent{first}
	if err := os.found(ctx, by, s, free, seats); err != nil {
		if errors.Is(err, errNoSeat) {
			return ErrCreationLimit.New(creator.Kuid, most)
		}
		return err
	}
	ctx, cancel := ending(ctx)
	defer cancel()
	m := os.Members.joined(s.ID, creator, first)
	done, err := os.Members.apply(ctx, s.ID, first, m)
	if err != nil {
		return err
	}
	if !done {
		if err := os.Members.dismantle(ctx, s.ID); err != nil {
			return err
		}
		return ErrCreator.New(creator.Kuid)
	}
	os.Members.end(ctx, s.ID, first, true)
	s.Admins, s.Intents = 1, nil
	return nil
}

const (
	// maxSeats is the largest number of claims to try for an organization.
	maxSeats = 1000
	// unseen is how many organizations of a creator a search may not find yet.
	unseen = 100
)

// seats returns the claims that count a creator's organizations: each organization takes one, so
// that concurrent creations cannot exceed the limit. The first is free if the creator has deleted
// none; the others are in no order, since the deleted ones may have had any.
func (os *Organizations) seats(ctx context.Context, creator *users.User) (keys []string, most int, err error) {
	may, most := os.creationLimit(creator)
	if !may {
		return nil, most, ErrCreationOff.New(creator.Kuid)
	}
	if most > 0 {
		if err := os.store.Refresh(ctx, storage.Organizations); err != nil {
			return nil, most, err
		}
	}
	page, err := os.store.Search(ctx, storage.Organizations, query.Search{Where: term(createdByField, creator.Kuid)})
	if err != nil {
		return nil, most, err
	}
	has := int(page.Total)
	seat := func(n int) string { return fmt.Sprintf("org-seat:%d:%s", n, creator.Incarnation) }
	if most > 0 && has >= most {
		return nil, most, ErrCreationLimit.New(creator.Kuid, most)
	}
	among := most
	if most == 0 {
		among = 2 * (has + unseen) // at least half of them are free
	}
	keys = append(keys, seat(has))
	if among > maxSeats {
		for range maxSeats {
			keys = append(keys, seat(mathrand.IntN(among)))
		}
		return keys, most, nil
	}
	for _, n := range mathrand.Perm(among) {
		keys = append(keys, seat(n))
	}
	return keys, most, nil
}

// slugOf derives a slug from a name.
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-") && r < 0x300:
			b.WriteByte('-')
		}
		if b.Len() >= MaxSlug-10 {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == "" {
		return "org"
	}
	return slug
}
