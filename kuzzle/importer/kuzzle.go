package importer

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

func decodeKuzzleRole(raw []byte, id string, r *Row) error    { return definition(r, raw, id, false) }
func decodeKuzzleProfile(raw []byte, id string, r *Row) error { return definition(r, raw, id, true) }

func definition(r *Row, raw []byte, id string, profile bool) error {
	d := &imports.Definition{Profile: profile, ID: id}
	r.Of, r.Definition = rolesMember+"."+id, d
	if profile {
		r.Of = profilesMember + "." + id
	}
	return json.Unmarshal(raw, &d.Body)
}

// kuzzleInfo has the time when Kuzzle created a document.
type kuzzleInfo struct {
	CreatedAt any `json:"createdAt"`
}

func (i kuzzleInfo) time() time.Time {
	if at, ok := i.CreatedAt.(float64); ok && at > 0 {
		return time.UnixMilli(int64(at)).UTC()
	}
	return time.Time{}
}

// decodeKuzzleUser reads a user whose name in the file is its kuid. It also reads a
// credential document of Kuzzle's local plugin, with its digest.
func decodeKuzzleUser(raw []byte, key string, r *Row) error {
	var u struct {
		Content     map[string]any
		Credentials map[string]any
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.Kuid, r.Content, r.Credentials, r.Of = key, u.Content, u.Credentials, usersMember+"."+key
	if r.Content == nil {
		r.Spoil("content", "it is missing")
	}
	local, _ := u.Credentials["local"].(map[string]any)
	if local["userPassword"] == nil {
		return nil
	}
	name, _ := local["username"].(string)
	if name == "" {
		name, _ = local["_id"].(string)
	}
	delete(u.Credentials, "local")
	kuzzleLocal(r, name, local)
	return nil
}

// kuzzleLocal reads a credential document of the local plugin, whose members form the
// digest.
func kuzzleLocal(r *Row, name string, document map[string]any) {
	kept := map[string]any{}
	for _, part := range []string{"userPassword", "userSalt", "algorithm", "stretching", "encryption", "digest", "pepper"} {
		if value, ok := document[part]; ok {
			kept[part] = value
		}
	}
	r.Username, r.Digest, r.Hasher = name, values.JSON(kept), "kuzzle_local"
}

// wholeNumber reads a number, -1 where there is none.
func wholeNumber(t text) (int64, error) {
	if t == "" {
		return -1, nil
	}
	n, err := strconv.ParseFloat(string(t), 64)
	return int64(n), err
}
