package cluster_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// TestRequest: a request goes to the path below that of the address, with the credentials
// and without those that follow in precedence.
func TestRequest(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.RequestURI+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Content-Type")+" "+string(body))
		_, _ = io.WriteString(w, `{}`)
	}))
	defer server.Close()
	c, err := cluster.New(cluster.Access{Addresses: []string{server.URL + "/elastic/"}, Username: "ada", Password: "secret", APIKey: "a2V5"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, request := range []cluster.Request{cluster.Put("/i/_doc/a%2Fb?routing=c", []byte(`{"d":1}`)), cluster.Delete("/i/_doc/.", nil)} {
		if err := c.Do(t.Context(), request, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := `PUT /elastic/i/_doc/a%2Fb?routing=c ApiKey a2V5 application/json {"d":1}|DELETE /elastic/i/_doc/. ApiKey a2V5  `
	if joined := strings.Join(got, "|"); joined != want {
		t.Errorf("got  %s\nwant %s", joined, want)
	}
}

// TestAddresses: wrong or missing addresses are refused, and no message repeats a password.
func TestAddresses(t *testing.T) {
	for _, wrong := range [][]string{nil, {"http://a:9200", "http://ada:secret@[b"}} {
		_, err := cluster.New(cluster.Access{Addresses: wrong})
		if setup := (*cluster.SetupError)(nil); !errors.As(err, &setup) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v: got %v, want a *SetupError without a password", wrong, err)
		}
	}
	c, err := cluster.New(cluster.Access{Addresses: []string{"http://ada:secret@a:9200/", "http://b:9200"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, want := c.Addresses(), "http://a:9200, http://b:9200"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
