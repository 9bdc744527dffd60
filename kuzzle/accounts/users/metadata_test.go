package users_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// TestMetadataAtOnce checks that no concurrent change is lost, and that each is merged.
func TestMetadataAtOnce(t *testing.T) {
	b := accountstest.New(t, nil)
	b.Enter(t, "jdoe")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := b.Users.UpdateMetadata(t.Context(), accountstest.Admin, "jdoe", map[string]any{"public": map[string]any{fmt.Sprint(i): 1.0}}, 0); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	u, err := b.Users.Read(t.Context(), "jdoe")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1}`
	if got := string(u.Metadata.Of(users.PublicMetadata)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
