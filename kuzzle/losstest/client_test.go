package losstest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// answer is an answer: the status and the parts of the envelope.
type answer struct {
	status int
	retry  string // Retry-After
	errID  string
	result map[string]any
}

// client keeps connections for as many callers as the tests have at once.
var client = &http.Client{
	Timeout:   time.Minute,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
}

// call sends one request. An error means that nobody knows whether it was
// carried out.
func call(base, method, path string, body any) (answer, error) {
	return callAs(base, "", method, path, body)
}

func callAs(base, token, method, path string, body any) (answer, error) {
	return callFrom("", base, token, method, path, body)
}

// callFrom is callAs by a client of an address, for servers that trust a proxy here.
func callFrom(address, base, token, method, path string, body any) (answer, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, base+path, sent)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if address != "" {
		req.Header.Set("X-Forwarded-For", address)
	}
	return send(client, req)
}

func send(via *http.Client, req *http.Request) (answer, error) {
	got, err := via.Do(req)
	if err != nil {
		return answer{}, err
	}
	return understood(got)
}

// understood reads an answer to its end.
func understood(got *http.Response) (answer, error) {
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, err
	}
	var envelope struct {
		Error *struct {
			ID string `json:"id"`
		} `json:"error"`
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(text, &envelope); err != nil {
		return answer{}, err
	}
	a := answer{status: got.StatusCode, retry: got.Header.Get("Retry-After")}
	if envelope.Error != nil {
		a.errID = envelope.Error.ID
	}
	_ = json.Unmarshal(envelope.Result, &a.result) // results of other kinds are of no interest
	return a, nil
}

// must is call for requests that have to be answered.
func (s *server) must(method, path string, body any) answer {
	s.t.Helper()
	a, err := call(s.base, method, path, body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

const password = "correct horse battery"

// newUser is the body of createUser; name "" leaves the credentials empty.
func newUser(name string) map[string]any {
	credentials := map[string]any{}
	if name != "" {
		credentials["local"] = map[string]any{"username": name, "password": password}
	}
	return map[string]any{"content": map[string]any{"profileIds": []string{"default"}}, "credentials": credentials}
}

// createPath does not set the visibility: searches are not tested.
func createPath(id string) string { return "/users/" + url.PathEscape(id) + "/_create?refresh=false" }

func login(base, name, password string) (answer, error) {
	return call(base, "POST", "/_login/local", map[string]any{"username": name, "password": password})
}

// owner returns the holder of a name, "" for nobody.
func (s *server) owner(name string) string {
	s.t.Helper()
	a := s.must("GET", "/credentials/local/"+name+"/_byId", nil)
	switch a.status {
	case 200:
		return text(s.t, a.result, "kuid")
	case 412: // nobody has credentials under this name
		return ""
	}
	s.t.Fatalf("getCredentialsById %s: %d %s", name, a.status, a.errID)
	return ""
}

func text(t *testing.T, in map[string]any, key string) string {
	t.Helper()
	value, ok := in[key].(string)
	if !ok {
		t.Fatalf("%s is not in %v", key, in)
	}
	return value
}
