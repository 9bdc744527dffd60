//go:build !cheaphash

package importer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/strategies"
)

// vector is a digest made by an implementation that is not ours.
type vector struct {
	Hasher, Password, Note string
	Digest                 json.RawMessage
	Valid, Malformed       bool
}

func (v vector) text() string {
	var text string
	if json.Unmarshal(v.Digest, &text) == nil {
		return text
	}
	return string(v.Digest)
}

func vectors(t *testing.T) (all []vector) {
	t.Helper()
	for _, name := range []string{"vectors_public.json", "extra_vectors.json"} {
		raw, err := os.ReadFile(filepath.Join("..", "digest", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var some []vector
		if err := json.Unmarshal(raw, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// rightPasswords are the right passwords in one Unicode form, by digest: the other form of
// a password is right too.
func rightPasswords(all []vector) map[string]string {
	found := map[string]string{}
	for _, v := range all {
		if v.Valid {
			found[v.Hasher+v.text()] = norm.NFC.String(v.Password)
		}
	}
	return found
}

// TestVectors: a file of every digest there is a vector of goes in, and what is malformed is
// reported. Of the others, a sample logs in or does not, as the vector says, and is created
// one by one too: the package digest tries all passwords.
func TestVectors(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { allVectors(t, newBench(t, t.TempDir()), 0) })
	t.Run("Elasticsearch", func(t *testing.T) { allVectors(t, newCluster(t), 1) })
}

// sampled is the number of vectors of which one is tried.
const sampled = 7

func allVectors(t *testing.T, b *bench, from int) {
	all := vectors(t)
	var file bytes.Buffer
	malformed, refused := map[int64]bool{}, int64(0)
	for i, v := range all {
		line, err := json.Marshal(map[string]any{"id": i, "username": imported(i), "passwordDigest": v.text(), "passwordHasher": v.Hasher})
		if err != nil {
			t.Fatal(err)
		}
		file.Write(append(line, '\n'))
		// Exports of many systems leave the digest of who has no password empty.
		malformed[int64(i)+1] = v.Malformed && v.text() != ""
		if malformed[int64(i)+1] {
			refused++
		}
	}
	counts, lines := b.bringAs(t, operator, file.String(), importer.Options{})
	if want := int64(len(all)) - refused; counts.Created != want || counts.Failed != refused {
		t.Errorf("got %+v, want %d created and %d failed", counts, want, refused)
	}
	for _, l := range lines {
		if v := all[l.Row-1]; !malformed[l.Row] || !strings.HasPrefix(l.Field, "security.digest.") && l.Field != "passwordDigest" {
			t.Errorf("%s %.50q (%s): refused because of %s", v.Hasher, v.text(), v.Note, l.Field)
		}
	}
	right := rightPasswords(all)
	eachSampled(all, from, func(i int, v vector) {
		if v.Malformed || v.Hasher == "awscognito" || v.Password == "" {
			return
		}
		err := b.login(t, imported(i), v.Password)
		right := v.Valid || right[v.Hasher+v.text()] == norm.NFC.String(v.Password)
		if right != (err == nil) || err != nil && !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("%s %.50q (%s), imported: %v, want a login %v", v.Hasher, v.text(), v.Note, err, right)
		}
	})
	eachSampled(all, from, func(i int, v vector) {
		_, err := b.Credentials.Create(t.Context(), admin, credentials.NewUser{
			Content:     map[string]any{"profileIds": []any{"default"}},
			Credentials: map[string]any{"digest-import": map[string]any{"username": fmt.Sprintf("made-%d", i), "passwordDigest": v.text(), "passwordHasher": v.Hasher}},
		})
		if v.Malformed != (err != nil) {
			t.Errorf("%s %.50q (%s), created: %v, want malformed %v", v.Hasher, v.text(), v.Note, err, v.Malformed)
		}
	})
}

func imported(i int) string { return fmt.Sprintf("imported-%d", i) }

// eachSampled does it with each vector of a sample, several at once.
func eachSampled(all []vector, from int, do func(i int, v vector)) {
	const atOnce = 16
	var workers sync.WaitGroup
	for w := range atOnce {
		workers.Go(func() {
			for i := from + w*sampled; i < len(all); i += atOnce * sampled {
				do(i, all[i])
			}
		})
	}
	workers.Wait()
}
