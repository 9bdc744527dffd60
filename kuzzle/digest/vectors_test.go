package digest

import (
	"encoding/json"
	"os"
	"testing"
)

// vector is a digest made by an implementation that is not ours.
type vector struct {
	Hasher, Digest, Password, Note string
	Valid, Malformed               bool
}

func vectors(t testing.TB) []vector {
	t.Helper()
	var all []vector
	for _, name := range []string{"vectors_public.json", "extra_vectors.json"} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var rows []struct {
			vector
			Digest json.RawMessage
		}
		if err := json.Unmarshal(raw, &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			v := row.vector
			if json.Unmarshal(row.Digest, &v.Digest) != nil {
				v.Digest = string(row.Digest)
			}
			all = append(all, v)
		}
	}
	return all
}
