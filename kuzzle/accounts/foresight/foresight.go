package foresight

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The limits of a [Difference]. Above them it is not Complete.
const (
	// MaxProfiles, MaxGroups and MaxActions are the lengths of the lists; MaxActions is for each
	// profile and group.
	MaxProfiles = 100
	MaxGroups   = 100
	MaxActions  = 200
	// MaxNames is the number of named users in a group.
	MaxNames = 10
	// MaxExamined is the largest number of examined users, and Patience the longest time.
	MaxExamined = 20_000
	Patience    = 2 * time.Second

	pageSize = 500
	// enough is the largest counted number of a profile's holders.
	enough = 100_000
)

// Difference is the effect of a change.
type Difference struct {
	// Exists is false if the change creates the definition, which nobody holds then.
	Exists bool `json:"exists"`
	// Profiles are the profiles that the change affects, in the order of their ids.
	Profiles []Profile `json:"profiles"`
	// Groups are users who hold the same profiles, and would gain or lose rights with all their
	// profiles counted; the largest group comes first. A user whose other profile gives the same
	// right is not in a group.
	Groups []*Group `json:"groups"`
	// Gaining and Losing are how many of the Examined users would gain or lose rights.
	Gaining  int `json:"gaining"`
	Losing   int `json:"losing"`
	Examined int `json:"examined"`
	// Complete is false if there are more profiles, groups or users than were examined.
	Complete bool `json:"complete"`
}

// Effect lists the gained and lost actions as controller:action, with the place if there is one;
// rate limits are listed too.
type Effect struct {
	Gains []string `json:"gains"`
	Loses []string `json:"loses"`
	// More is the number of actions that are not listed.
	More int `json:"more"`
}

// Profile is the effect on a profile alone.
type Profile struct {
	ID string `json:"_id"`
	// Users is the number of holders; with AtLeast it is a lower bound.
	Users   int64 `json:"users"`
	AtLeast bool  `json:"atLeast"`
	Effect
}

// Group are users who hold the same profiles.
type Group struct {
	ProfileIDs []string `json:"profileIds"`
	Users      int      `json:"users"`
	Names      []Name   `json:"names"`
	Effect
}

// Name is a user of a group.
type Name struct {
	ID        string `json:"_id"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
}

// Foresight previews changes. It is safe for concurrent use.
type Foresight struct{ users *users.Users }

// New returns a Foresight.
func New(us *users.Users) *Foresight { return &Foresight{us} }

// Tell compares a new definition of a profile, given its id, or of a role with the stored one.
func (fs *Foresight) Tell(ctx context.Context, id string, next *rights.Foreseen) (Difference, error) {
	t := &telling{Foresight: fs, next: next, groups: map[string]*Group{}}
	t.Exists, t.Complete = next.Exists, true
	t.Difference.Profiles, t.Difference.Groups = []Profile{}, []*Group{}
	ids, err := t.concerned(ctx, id)
	if err != nil {
		return Difference{}, err
	}
	limited, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	err = t.tell(limited, ids)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		t.Complete, err = false, nil
	}
	t.sort()
	return t.Difference, err
}

// telling is a Difference in progress.
type telling struct {
	*Foresight
	Difference
	next   *rights.Foreseen
	groups map[string]*Group
}

// concerned lists the profiles that the change affects.
func (t *telling) concerned(ctx context.Context, id string) ([]string, error) {
	role := t.next.Role()
	switch {
	case !t.Exists:
		return nil, nil
	case role == "":
		return []string{id}, nil
	}
	page, _, err := t.users.Search(ctx, storage.Profiles, query.Search{
		Where: query.Terms{Field: query.Field{Path: "policies.roleId"}, Values: []any{role}}, Size: MaxProfiles + 1,
	}, 0)
	var ids []string
	for _, hit := range page.Hits {
		ids = append(ids, hit.ID)
	}
	if len(ids) > MaxProfiles || page.Partial {
		ids, t.Complete = ids[:min(len(ids), MaxProfiles)], false
	}
	return ids, err
}

func holding(ids []string) query.Node {
	return query.Terms{Field: query.Field{Path: users.ProfilesKey}, Values: users.Anys(ids)}
}

func (t *telling) tell(ctx context.Context, ids []string) error {
	changed := false
	for _, id := range ids {
		effect, err := t.effect(ctx, []string{id})
		if err != nil {
			return err
		}
		page, _, err := t.users.Search(ctx, storage.Users, query.Search{Where: holding([]string{id}), Size: 1, Uncounted: true, Enough: enough}, 0)
		if err != nil {
			return err
		}
		t.Difference.Profiles = append(t.Difference.Profiles, Profile{ID: id, Users: page.Total, AtLeast: page.More, Effect: effect})
		changed = changed || effect.any()
	}
	if !changed {
		return nil
	}
	return t.examine(ctx, ids)
}

// examine reads the holders of the profiles.
func (t *telling) examine(ctx context.Context, ids []string) error {
	what := query.Search{Where: holding(ids), Sort: []query.Sort{{Field: query.Field{Area: query.ID}}}, Size: pageSize, Uncounted: true}
	for {
		page, _, err := t.users.Search(ctx, storage.Users, what, 0)
		if err != nil {
			return err
		}
		for _, hit := range page.Hits {
			if t.Examined == MaxExamined {
				t.Complete = false
				return nil
			}
			if err := t.count(ctx, hit); err != nil {
				return err
			}
		}
		if len(page.Hits) == 0 || len(page.Hits) < pageSize && !page.Partial {
			return nil
		}
		what.After = page.Hits[len(page.Hits)-1].Sort
	}
}

// count adds a user to the group with the same profiles.
func (t *telling) count(ctx context.Context, hit storage.Hit) error {
	u, err := users.ReadUser(storage.Document{ID: hit.ID, Content: hit.Content})
	if err != nil {
		return err
	}
	held := slices.Clone(u.Profiles)
	slices.Sort(held)
	held = slices.Compact(held)
	key := strings.Join(held, "\x00")
	group, met := t.groups[key]
	if !met {
		if len(t.groups) == MaxGroups {
			t.Complete = false
			return nil
		}
		effect, err := t.effect(ctx, held)
		if err != nil {
			return err
		}
		group = &Group{ProfileIDs: held, Names: []Name{}, Effect: effect}
		t.groups[key] = group
		if effect.any() {
			t.Difference.Groups = append(t.Difference.Groups, group)
		}
	}
	t.Examined++
	if len(group.Gains) > 0 {
		t.Gaining++
	}
	if len(group.Loses) > 0 {
		t.Losing++
	}
	if group.Users++; !group.any() || len(group.Names) == MaxNames {
		return nil
	}
	whole, err := t.users.User(ctx, hit.ID)
	if err == nil {
		d := whole.Detailed()
		group.Names = append(group.Names, Name{whole.Kuid, whole.Username(), d.FirstName, d.LastName})
	}
	return err
}

func (e *Effect) any() bool { return len(e.Gains)+len(e.Loses) > 0 }

func (t *telling) effect(ctx context.Context, profileIDs []string) (e Effect, err error) {
	if e.Gains, e.Loses, err = t.next.Of(ctx, profileIDs); err != nil {
		return e, err
	}
	for _, list := range []*[]string{&e.Gains, &e.Loses} {
		if more := len(*list) - MaxActions; more > 0 {
			*list, e.More = (*list)[:MaxActions:MaxActions], e.More+more
		}
	}
	return e, nil
}

func (t *telling) sort() {
	slices.SortStableFunc(t.Difference.Groups, func(a, b *Group) int { return b.Users - a.Users })
}
