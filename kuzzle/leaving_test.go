package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// TestLeavingClerk follows the guide literally, but for the addresses: a stand-in answers for Clerk.
func TestLeavingClerk(t *testing.T) {
	need(t, "sh", "curl", "grep", "tr", "sort")
	text, err := os.ReadFile("../.github/LEAVING-CLERK.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile("testdata/script/clerk.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range script.Files {
		files[file.Name] = string(file.Data)
	}
	const key = "sk_live_of_the_account_at_the_vendor"
	clerk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Path + " " + r.URL.Query().Get("offset")
		answer, ok := map[string]string{
			"/v1/users 0": files["users.json"], "/v1/users 500": "[]", "/v1/organizations ": files["organizations.json"],
			"/v1/organizations/org_1/memberships ": `{"data":[{"object":"organization_membership","id":"orgmem_1","role":"org:admin","public_metadata":{},"private_metadata":{},"organization":{"object":"organization","id":"org_1","name":"Acme","slug":"acme"},"public_user_data":{"user_id":"user_1","identifier":"anna@example.com"},"created_at":1700000000000,"updated_at":1700000000000}],"total_count":1}`,
		}[page]
		if r.Header.Get("Authorization") != "Bearer "+key || !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(answer))
	}))
	defer clerk.Close()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "export.csv"), []byte(files["export.csv"]), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUZZLE_LISTEN", address)
	t.Setenv("KUZZLE_DATA", filepath.Join(folder, "kuzzle-data"))
	for _, setting := range cheap {
		t.Setenv(setting[0], setting[1])
	}
	var blocks []block
	for _, found := range fence.FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block{found[1], found[2]})
	}
	adapt := strings.NewReplacer("127.0.0.1:7512", address, "https://api.clerk.com", clerk.URL)
	t.Setenv("CLERK_SECRET_KEY", key)
	last := len(blocks) - 2 // commands and their output, which ask the server
	follow(t, folder, blocks[:last], adapt)
	if t.Failed() {
		return
	}
	t.Setenv("KUZZLE_CLERK_SECRET_KEY", "sk_test_for_the_guide_about_leaving")
	program, err := exec.LookPath("kuzzle")
	if err != nil {
		t.Fatal(err)
	}
	serveTour(t, folder, program+" serve")
	follow(t, folder, blocks[last:], adapt)
}
