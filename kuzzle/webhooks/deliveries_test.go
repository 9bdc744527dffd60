package webhooks

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

// deliveries waits for one to an endpoint with a status.
func (n *node) deliveries(t *testing.T, endpoint string, status int) Delivery {
	t.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		all, err := n.Deliveries(t.Context(), endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 1 && all[0].Status == status {
			return all[0]
		}
		if time.Now().After(late) {
			t.Fatalf("deliveries: %+v, want one with %d", all, status)
		}
	}
}

// TestDeliveries: every server lists each sent message once, with the last answer.
func TestDeliveries(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		r := newReceiver(t)
		n := open(t, store, "one")
		made, err := n.Create(t.Context(), r.URL, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		other := open(t, store, "two")
		if all, err := other.Deliveries(t.Context(), ""); len(all) != 0 || err != nil {
			t.Errorf("before the first: %v, %v", all, err)
		}
		r.refusing(true)
		n.run()
		defer func() { n.stop() }()
		if err := n.change(t.Context(), "jdoe", 1); err != nil {
			t.Fatal(err)
		}
		refused := other.deliveries(t, made.ID, http.StatusServiceUnavailable)
		if refused.Problem != "the endpoint answered 503" || refused.Attempts < 1 {
			t.Errorf("one that is refused: %+v", refused)
		}
		r.refusing(false)
		r.await(t, 1)
		taken := other.deliveries(t, "", http.StatusOK)
		want := Delivery{
			Endpoint: made.ID, Message: r.ids[0], Type: "user.updated", Kuid: "jdoe", Attempts: taken.Attempts, At: taken.At, Took: taken.Took, Status: 200,
		}
		if taken != want || taken.Message != refused.Message || taken.Attempts <= refused.Attempts || taken.At < refused.At {
			t.Errorf("the same when it is taken: %+v after %+v", taken, refused)
		}
		if _, err := n.Deliveries(t.Context(), "ghost"); !errors.Is(err, ErrNoEndpoint) {
			t.Errorf("those to nobody: %v", err)
		}
		if _, err := n.Delete(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		if all, err := n.Deliveries(t.Context(), ""); len(all) != 0 || err != nil {
			t.Errorf("those to an endpoint that is gone: %v, %v", all, err)
		}
	})
}

// TestDeliveriesBound: the oldest deliveries are left out beyond the maximum and beyond
// a day, whichever server writes them.
func TestDeliveriesBound(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		n := open(t, store, "one")
		made, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		ahead := time.Duration(0)
		n.Now = func() time.Time { return time.Now().Add(ahead) }
		j, elsewhere := newJournal(n.Webhooks, made.ID), newJournal(n.Webhooks, made.ID)
		for i := range 2 * MaxDeliveries {
			j.note(Delivery{Message: fmt.Sprint(i), Status: 200}, time.Now(), nil)
		}
		elsewhere.note(Delivery{Message: "elsewhere", Status: 200}, time.Now(), nil)
		j.keep(t.Context())
		elsewhere.keep(t.Context())
		all, err := n.Deliveries(t.Context(), made.ID)
		if err != nil || len(all) != MaxDeliveries || all[0].Message != "elsewhere" || all[1].Message != fmt.Sprint(2*MaxDeliveries-1) {
			t.Errorf("%d deliveries, %v", len(all), err)
		}
		j.note(Delivery{Message: "soon", Status: 200}, time.Now(), nil)
		j.written = time.Now().Add(time.Hour)
		if j.keep(t.Context()); len(j.fresh) != 1 {
			t.Error("deliveries are written twice in a second")
		}
		ahead = keptDelivery + time.Minute
		if all, err := n.Deliveries(t.Context(), made.ID); len(all) != 0 || err != nil {
			t.Errorf("a day later: %v, %v", all, err)
		}
		j.note(Delivery{Message: "late", Status: 200}, time.Now(), nil)
		j.keepNow(t.Context())
		if all, err := n.Deliveries(t.Context(), made.ID); len(all) != 1 || all[0].Message != "late" || err != nil {
			t.Errorf("the first of another day: %v, %v", all, err)
		}
	})
}
