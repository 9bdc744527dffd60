package proxytest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestProxies holds that each proxy passes requests on to the server of its
// configuration, and is gone after Stop.
func TestProxies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "behind "+r.URL.Path)
	}))
	defer server.Close()
	behind := strings.TrimPrefix(server.URL, "http://")
	for _, c := range []struct {
		name, configuration string
		start               func(testing.TB, string) *Proxy
	}{
		{"nginx", "server { listen " + Listen + "; location / { proxy_pass http://" + behind + "; } }", Nginx},
		{"HAProxy", "defaults\n    mode http\n    timeout connect 5s\n    timeout client 1m\n    timeout server 1m\n" +
			"frontend in\n    bind " + Listen + "\n    default_backend one\nbackend one\n    server one " + behind + "\n", HAProxy},
		{"Caddy", "http://" + Listen + " {\n\treverse_proxy " + behind + "\n}", Caddy},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.start(t, c.configuration)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			answer, err := client.Get("http://" + p.Address + "/here")
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if got, _ := io.ReadAll(answer.Body); string(got) != "behind /here" {
				t.Errorf("the answer is %q", got)
			}
			p.Stop()
			if conn, err := net.Dial("tcp", p.Address); err == nil {
				_ = conn.Close()
				t.Error("it still listens after Stop")
			}
		})
	}
}
