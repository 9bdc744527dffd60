package systemtest

import (
	"io"
	"net/http"
	"testing"
)

// exchange sends a request and reads the whole answer. trip is a client's Do or a transport's
// RoundTrip, which follows no redirect. header are pairs; an empty value removes a header.
func exchange(t *testing.T, trip func(*http.Request) (*http.Response, error), verb, url string, body io.Reader, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	res, err := trip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, text
}
