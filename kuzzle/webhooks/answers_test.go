package webhooks

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

// TestLastAnswer: a dead letter has the endpoint's last status or the kind of failure,
// and nothing that the endpoint sent or that its URL contains.
func TestLastAnswer(t *testing.T) {
	const canary = "zebra-canary"
	answering := func(status int) func(*testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Secret", canary)
				w.WriteHeader(status)
				fmt.Fprint(w, canary)
			}))
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	talking := func(what string) func(*testing.T) string {
		return func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			go func() { // ends with its listener
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					if what != "" {
						_, _ = bufio.NewReader(c).ReadString('\n')
						fmt.Fprint(c, what)
						c.Close()
					} else {
						defer c.Close()
					}
				}
			}()
			return "http://" + l.Addr().String()
		}
	}
	for name, test := range map[string]struct {
		endpoint func(*testing.T) string
		want     string
	}{
		"a refusal of the message": {answering(404), "the endpoint answered 404"},
		"it has to wait":           {answering(503), "the endpoint answered 503"},
		"gone":                     {answering(410), "the endpoint answered 410"},
		"no HTTP":                  {talking(canary + "\r\n\r\n"), "the connection to the endpoint broke"},
		"no answer":                {talking(""), "the endpoint did not answer in time"},
		"nobody listens": {func(t *testing.T) string {
			s := httptest.NewServer(nil)
			s.Close()
			return s.URL
		}, "the endpoint refused the connection"},
		"an unknown authority": {func(t *testing.T) string {
			s := httptest.NewTLSServer(nil)
			t.Cleanup(s.Close)
			s.Config.ErrorLog = nil
			return s.URL
		}, "the certificate of the endpoint was not accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			store := sqlitetest.Open(t)
			n := open(t, store, "one")
			// The receiver has time to answer, even on a busy machine.
			n.Client = &http.Client{Timeout: time.Minute}
			if strings.HasSuffix(test.want, "in time") {
				n.Client.Timeout = 100 * time.Millisecond
			}
			defer n.Client.CloseIdleConnections()
			now := time.Now()
			n.Now = func() time.Time { return now }
			made, err := n.Create(t.Context(), test.endpoint(t)+"/"+canary, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.change(t.Context(), "jdoe", 1); err != nil {
				t.Fatal(err)
			}
			n.carry(t.Context(), true)
			items := n.queue(made.ID)
			for range 2 {
				err := items.Drain(t.Context(), func(ctx context.Context, item queue.Item) error {
					return n.deliver(ctx, made.Endpoint, newJournal(n.Webhooks, made.ID), item)
				})
				if err != nil && !errors.Is(err, queue.ErrWait) {
					t.Fatal(err)
				}
				now = now.Add(n.TryFor)
			}
			dead, err := n.ListDead(t.Context())
			if err != nil || len(dead) != 1 || dead[0].LastAnswer != test.want || strings.Contains(fmt.Sprint(dead), canary) {
				t.Errorf("the dead letters are %+v, %v, want the answer %q", dead, err, test.want)
			}
		})
	}
}

// TestWhy: lists of dead letters print the answer once.
func TestWhy(t *testing.T) {
	for want, dead := range map[string]Dead{
		"too old": {Reason: "too old"},
		"too old; at last the endpoint answered 503": {Reason: "too old", LastAnswer: "the endpoint answered 503"},
		"given up: the endpoint answered 410":        {Reason: "given up: the endpoint answered 410", LastAnswer: "the endpoint answered 410"},
	} {
		if got := dead.Why(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestKindsOfFailure names those that need a network.
func TestKindsOfFailure(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for want, err := range map[string]error{
		"the name of the endpoint was not found":                dial(&net.DNSError{Err: "no such host", Name: "zebra.example.com", IsNotFound: true}),
		"no connection to the endpoint was made":                dial(errors.New("the address is not a public one")),
		"the endpoint did not answer in time":                   context.DeadlineExceeded,
		"the connection to the endpoint broke":                  errors.New("zebra"),
		"the endpoint did not speak a supported version of TLS": tls.AlertError(70),
	} {
		if got := failed(&url.Error{Op: "Post", URL: "https://zebra.example.com", Err: err}); got != want {
			t.Errorf("%v is said to be %q, want %q", err, got, want)
		}
	}
}
