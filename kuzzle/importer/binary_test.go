package importer_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestAuth0Hashes: a salt or a key of Auth0's bulk import may have any bytes. The digest logs in
// after the row was sent as JSON, as to a running server, and after it was exported and imported
// again.
func TestAuth0Hashes(t *testing.T) {
	const password = "correct horse battery"
	b, moved := newBench(t, t.TempDir()), newBench(t, t.TempDir())
	into := importer.Into(b.Accounts, operator)
	sent := importer.Serially(func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
		text, err := json.Marshal(rows)
		var arrived importer.Batch
		if err == nil {
			err = json.Unmarshal(text, &arrived)
		}
		if err != nil {
			return nil, err
		}
		return into(ctx, how, arrived)()
	})
	var file strings.Builder
	var names []string
	for i, salt := range []string{"plain salt", "a$b", "a\xffb", "a\x00b", "\xff{PASSWORD}$"} {
		for algorithm, of := range map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New} {
			for _, kind := range []string{"prefix", "suffix", "hmac"} {
				h, custom := of(), ""
				switch kind {
				case "prefix":
					fmt.Fprint(h, salt, password)
				case "suffix":
					fmt.Fprint(h, password, salt)
				default:
					h = hmac.New(of, []byte(salt))
					fmt.Fprint(h, password)
				}
				if custom = `"algorithm":"%s","hash":{"value":"%x"},"salt":{"value":"%s","encoding":"hex","position":"` + kind + `"}`; kind == "hmac" {
					custom = `"algorithm":"hmac","hash":{"digest":"%s","value":"%x","key":{"value":"%s","encoding":"hex"}}`
				}
				name := fmt.Sprintf("%s-%s-%d", algorithm, kind, i)
				names = append(names, name)
				fmt.Fprintf(&file, `{"user_id":"%s","username":"%[1]s","custom_password_hash":{`+custom+"}}\n", name, algorithm, h.Sum(nil), hex.EncodeToString([]byte(salt)))
			}
		}
	}
	p, report, err := bringTo(t, sent, strings.NewReader(file.String()), importer.Options{Format: "auth0"})
	if err != nil || p.WithPassword != int64(len(names)) {
		t.Fatalf("%+v, %v\n%s", p, err, report)
	}
	if p, report, err = moved.bring(t, strings.NewReader(string(export(t, b, true))), importer.Options{}); err != nil || p.WithPassword != int64(len(names)) {
		t.Fatalf("moved: %+v, %v\n%s", p, err, report)
	}
	for _, name := range names {
		for _, one := range []*bench{b, moved} {
			if err := one.login(t, name, password); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if one.login(t, name, password+"x") == nil {
				t.Errorf("%s logs in with another password", name)
			}
		}
	}
	for _, custom := range []string{
		`{"algorithm":"scrypt","cost":20000,"keylen":32,"hash":{"value":"` + strings.Repeat("aa", 32) + `"},"salt":{"value":"salt"}}`,
		`{"algorithm":"hmac","hash":{"digest":"sha256","value":"` + strings.Repeat("aa", 32) + `","key":{"value":"key"}},"salt":{"value":"salt"}}`,
	} {
		b := newBench(t, t.TempDir())
		p, report, err := b.bring(t, strings.NewReader(`{"user_id":"1","username":"ada","custom_password_hash":`+custom+"}\n"), importer.Options{Format: "auth0"})
		if err != nil || p.WithPassword != 0 || !strings.Contains(report, `"field":"custom_password_hash"`) {
			t.Errorf("%s: %+v, %v\n%s", custom, p, err, report)
		}
	}
}
