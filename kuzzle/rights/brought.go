package rights

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Standing compares an imported definition with the stored one.
type Standing uint8

// The standings.
const (
	Absent Standing = iota
	Same
	Different
)

// RoleStanding checks an imported role, and compares it with the stored role of that id. Like
// Write.Force it accepts controllers that do not exist here.
func (j *Judge) RoleStanding(ctx context.Context, id string, body map[string]any) (Standing, error) {
	role, err := profiles.CheckRole(id, body, j.known, true)
	if err != nil {
		return Absent, err
	}
	return j.standing(ctx, storage.Roles, id, role.Document(body))
}

// ProfileStanding does the same for a profile; the roles in planned count as existing.
func (j *Judge) ProfileStanding(ctx context.Context, id string, body map[string]any, planned map[string]any) (Standing, error) {
	profile, err := j.checkProfile(ctx, id, body, planned)
	if err != nil {
		return Absent, err
	}
	return j.standing(ctx, storage.Profiles, id, profile.Document(body))
}

func (j *Judge) standing(ctx context.Context, in storage.Collection, id string, body map[string]any) (Standing, error) {
	doc, err := j.store.Get(ctx, in, id)
	if errors.Is(err, storage.ErrNotFound) {
		return Absent, nil
	}
	if err != nil {
		return Absent, err
	}
	here, err := decode(doc.Content)
	if err != nil {
		return Absent, err
	}
	mine, theirs, err := encodeBare(here, body)
	if err != nil || !bytes.Equal(mine, theirs) {
		return Different, err
	}
	return Same, nil
}

// encodeBare encodes both documents without their authors and times.
func encodeBare(a, b map[string]any) (first, second []byte, err error) {
	bare := func(body map[string]any) ([]byte, error) {
		body = maps.Clone(body)
		delete(body, "_kuzzle_info")
		return json.Marshal(body)
	}
	if first, err = bare(a); err != nil {
		return nil, nil, err
	}
	second, err = bare(b)
	return first, second, err
}
