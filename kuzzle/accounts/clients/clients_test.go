package clients_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// entered returns a client with a session of jdoe, and its token.
func entered(t *testing.T, b *accountstest.Bench) (*clients.Client, string) {
	t.Helper()
	c, _ := b.Clients.Begin()
	_, by := b.Enter(t, "jdoe")
	token := ""
	c, err := b.Clients.Change(t.Context(), c, func(in *clients.Part) error {
		token = b.Clients.Enter(c, in, nil, by.SessionID, "local")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, token
}

// TestTokens finds a client by its last token only, of which the store has nothing.
func TestTokens(t *testing.T) {
	b := accountstest.New(t, nil)
	c, former := b.Clients.Begin()
	c, err := b.Clients.Change(t.Context(), c, func(*clients.Part) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if found, err := b.Clients.Find(t.Context(), former); err != nil || found.ID != c.ID {
		t.Fatalf("the first token finds %v, %v", found, err)
	}
	token := ""
	later, err := b.Clients.Change(t.Context(), c, func(in *clients.Part) error {
		token = b.Clients.Enter(c, in, nil, "a session", "local")
		return nil
	})
	if err != nil || later.Last != "a session" || later.ID != c.ID {
		t.Fatalf("after entering: %+v, %v", later, err)
	}
	if _, err := b.Clients.Find(t.Context(), former); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("the former token finds somebody: %v", err)
	}
	if found, err := b.Clients.Find(t.Context(), token); err != nil || found.Last != "a session" {
		t.Errorf("the new token finds %v, %v", found, err)
	}
	// Somebody who read the client before its token was replaced changes nothing.
	if _, err := b.Clients.Change(t.Context(), c, func(in *clients.Part) error { in.Last = "x"; return nil }); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("a change of the former state: %v", err)
	}
	page, err := b.Store.Walk(t.Context(), storage.Flows, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range page {
		if strings.Contains(string(doc.Content)+doc.ID, token) {
			t.Errorf("the store has the token: %s", doc.Content)
		}
	}
}

// TestFormer: the last replaced token shows the state from before for some seconds, and changes nothing.
func TestFormer(t *testing.T) {
	b := accountstest.New(t, nil)
	c, first := entered(t, b)
	session := c.Last
	c, err := b.Clients.Change(t.Context(), c, func(in *clients.Part) error { in.SignIn = []byte(`{"id":"x"}`); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Clients.FindFormer(t.Context(), first); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("the current token is a former one: %v", err)
	}
	renew := func() (token string) {
		t.Helper()
		c, err = b.Clients.Change(t.Context(), c, func(in *clients.Part) error {
			token, in.SignIn = b.Clients.Enter(c, in, nil, "another", "local"), nil
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	second := renew()
	former, err := b.Clients.FindFormer(t.Context(), first)
	if err != nil || !former.Stored() || former.Last != session || !slices.Equal(former.Sessions, []string{session}) || string(former.SignIn) != `{"id":"x"}` {
		t.Fatalf("the former token finds %+v, %v", former, err)
	}
	if _, err := b.Clients.Change(t.Context(), former, func(*clients.Part) error { return nil }); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("the former state is changed: %v", err)
	}
	if err := b.Clients.Delete(t.Context(), former); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("the former state is deleted: %v", err)
	}
	for _, wrong := range []string{second, "", first[:63] + "!", strings.Repeat("A", 64)} {
		if _, err := b.Clients.FindFormer(t.Context(), wrong); !errors.Is(err, clients.ErrUnknown) {
			t.Errorf("%q finds somebody: %v", wrong, err)
		}
	}
	renew()
	if _, err := b.Clients.FindFormer(t.Context(), first); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("the token before the former one: %v", err)
	}
	b.Advance(clients.FormerFor - time.Millisecond)
	if former, err := b.Clients.FindFormer(t.Context(), second); err != nil || former.Last != "another" {
		t.Errorf("just in time: %v, %v", former, err)
	}
	b.Advance(time.Millisecond)
	if _, err := b.Clients.FindFormer(t.Context(), second); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("too late: %v", err)
	}
	if c, err = b.Clients.Change(t.Context(), c, func(*clients.Part) error { return nil }); err != nil || c.Former != nil {
		t.Errorf("the former state stays stored: %v, %v", c.Former, err)
	}
}

// TestDrawn stores nothing for a token until something happens, and takes it for thirty days.
func TestDrawn(t *testing.T) {
	b := accountstest.New(t, nil)
	token, err := b.Clients.Draw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.Clients.Find(t.Context(), token)
	if err != nil || c.Stored() {
		t.Fatalf("a drawn token finds %v, %v", c, err)
	}
	b.Advance(clients.DrawnFor - time.Millisecond)
	if _, err := b.Clients.Find(t.Context(), token); err != nil {
		t.Errorf("just in time: %v", err)
	}
	b.Advance(time.Millisecond)
	if _, err := b.Clients.Find(t.Context(), token); !errors.Is(err, clients.ErrUnknown) {
		t.Errorf("too late: %v", err)
	}
	for _, wrong := range []string{"", "x", strings.Repeat("A", 64), token[:63], token + "A", strings.Repeat("_", 64)} {
		if _, err := b.Clients.Find(t.Context(), wrong); !errors.Is(err, clients.ErrUnknown) {
			t.Errorf("%q finds somebody: %v", wrong, err)
		}
	}
}

// TestLive lists the valid sessions of a client, and remembers ended ones.
func TestLive(t *testing.T) {
	b := accountstest.New(t, nil)
	c, _ := entered(t, b)
	live, err := b.Clients.Live(t.Context(), c)
	if err != nil || len(live) != 1 || live[0].User.Kuid != "jdoe" {
		t.Fatalf("live are %v, %v", live, err)
	}
	changed := c.ChangedAt
	b.Advance(time.Second)
	c, err = b.Clients.Change(t.Context(), c, func(in *clients.Part) error { in.Strategy = "x"; return nil })
	if err != nil || c.ChangedAt != changed {
		t.Errorf("a change that ends no session moves the time: %v", err)
	}
	c, err = b.Clients.Change(t.Context(), c, func(in *clients.Part) error {
		in.Drop(func(id string) bool { return id == live[0].ID })
		return nil
	})
	if err != nil || len(c.Sessions) != 0 || c.Last != "" || !slices.Equal(c.Ended, []string{live[0].ID}) || c.ChangedAt == changed {
		t.Errorf("without sessions: %+v, %v", c.Part, err)
	}
	if _, had, err := b.Clients.Session(t.Context(), c, live[0].ID); !had || err == nil {
		t.Errorf("an ended session: %v, %v", had, err)
	}
	if _, had, _ := b.Clients.Session(t.Context(), c, "another"); had {
		t.Error("the client had another's session")
	}
}

// TestHandoff gives lines once and within a minute.
func TestHandoff(t *testing.T) {
	b := accountstest.New(t, nil)
	lines := []string{"a=b", "c=d"}
	nonce, err := b.Clients.Hand(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Clients.Take(t.Context(), nonce); err != nil || !slices.Equal(got, lines) {
		t.Errorf("got %v, %v", got, err)
	}
	late, err := b.Clients.Hand(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	b.Advance(clients.HandoffFor)
	for _, nonce := range []string{nonce, late, "", "x"} {
		if _, err := b.Clients.Take(t.Context(), nonce); !errors.Is(err, clients.ErrHandoff) {
			t.Errorf("%q: %v", nonce, err)
		}
	}
}
