package endpoint_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/endpoint"
)

// TestCredentials: a name and password in an address are used first, then an API key, then
// a name and password from the first address or the settings.
func TestCredentials(t *testing.T) {
	basic := func(name, password string) string {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(name, password)
		return r.Header.Get("Authorization")
	}
	given := endpoint.Credentials{Username: "set", Password: "pa:ss"}
	key := endpoint.Credentials{Username: "set", Password: "pa:ss", APIKey: "a2V5"}
	for _, c := range []struct {
		what          string
		credentials   endpoint.Credentials
		addresses     string
		first, second string
	}{
		{"nothing", endpoint.Credentials{}, "http://a:9200 http://b:9200", "", ""},
		{"name and password", given, "http://a:9200 http://b:9200", basic("set", "pa:ss"), basic("set", "pa:ss")},
		{"API key", key, "http://a:9200 http://b:9200", "ApiKey a2V5", "ApiKey a2V5"},
		{"first address", given, "http://ada:s%2Fcret@a:9200 http://b:9200", basic("ada", "s/cret"), basic("ada", "s/cret")},
		{"second address", given, "http://a:9200 http://ada:secret@b:9200", basic("set", "pa:ss"), basic("ada", "secret")},
		{"both addresses", given, "http://ada:secret@a:9200 http://bob:other@b:9200", basic("ada", "secret"), basic("bob", "other")},
		{"first address and API key", key, "http://ada:secret@a:9200 http://b:9200", basic("ada", "secret"), "ApiKey a2V5"},
	} {
		nodes, err := endpoint.Parse(strings.Fields(c.addresses), c.credentials)
		if err != nil {
			t.Fatal(c.what, err)
		}
		for i, want := range []string{c.first, c.second} {
			request, err := nodes[i].Request(t.Context(), http.MethodGet, "/", nil)
			if err != nil {
				t.Fatal(c.what, err)
			}
			if got := request.Header.Get("Authorization"); got != want || request.URL.User != nil {
				t.Errorf("%s: address %d got %q and %v, want %q", c.what, i+1, got, request.URL.User, want)
			}
		}
	}
}

// TestPath: the path of an address comes before that of a request, whose escapes stay.
func TestPath(t *testing.T) {
	for address, want := range map[string]string{
		"http://a:9200":                     "http://a:9200/i/_doc/a%2Fb..?routing=c",
		"http://a:9200/":                    "http://a:9200/i/_doc/a%2Fb..?routing=c",
		"https://ada:secret@a/elastic/":     "https://a/elastic/i/_doc/a%2Fb..?routing=c",
		"https://a/two/steps?none=1#nor":    "https://a/two/steps/i/_doc/a%2Fb..?routing=c",
		"http://[fe80::1%25lo]:9200/a%2Fb/": "http://[fe80::1%25lo]:9200/a%2Fb/i/_doc/a%2Fb..?routing=c",
	} {
		nodes, err := endpoint.Parse([]string{address}, endpoint.Credentials{})
		if err != nil {
			t.Fatal(err)
		}
		request, err := nodes[0].Request(t.Context(), http.MethodPut, "/i/_doc/a%2Fb..?routing=c", []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if got := request.URL.String(); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
		if got := request.Header.Get("Content-Type"); got != "application/json" || request.ContentLength != 2 {
			t.Errorf("got the type %q and the length %d", got, request.ContentLength)
		}
	}
}

// TestErrors: no error repeats an address, because that may contain a password.
func TestErrors(t *testing.T) {
	for _, wrong := range []string{"http://ada:secret@[b", "ada:secret@b:9200", "secret", "http://", "ftp://ada:secret@b", "http://ada:secret@b:port", ""} {
		_, err := endpoint.Parse([]string{"http://a:9200", wrong}, endpoint.Credentials{})
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "address 2") {
			t.Errorf("%s: got %v, want an error that names the second address and repeats none", wrong, err)
		}
	}
	nodes, err := endpoint.Parse([]string{"http://ada:secret@a:9200"}, endpoint.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nodes[0].Request(t.Context(), http.MethodGet, "/%zz", nil); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want an error without the password", err)
	}
}
