package estest

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Wrong is a simulated fault of requests. It returns true if it handled the
// request, itself or by forward, which passes it on.
type Wrong func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool

// Line is a connection to a node with simulated faults.
type Line struct {
	*httptest.Server
	wrong atomic.Pointer[Wrong]
	to    atomic.Pointer[url.URL]
}

// NewLine returns a line to a node until the test ends.
func NewLine(t testing.TB, n *Node) *Line {
	t.Helper()
	l := &Line{}
	l.LeadTo(t, n)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	forward := &httputil.ReverseProxy{
		Transport: transport,
		// Clients that hang up do so on purpose.
		ErrorLog: log.New(io.Discard, "", 0),
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(l.to.Load()) },
	}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wrong := l.wrong.Load(); wrong == nil || !(*wrong)(w, r, forward) {
			forward.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		l.Server.Close()
		transport.CloseIdleConnections()
	})
	return l
}

// LeadTo connects the line to another node.
func (l *Line) LeadTo(t testing.TB, n *Node) {
	t.Helper()
	to, err := url.Parse(n.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	l.to.Store(to)
}

// Breaks sets the fault from now on; nil is none.
func (l *Line) Breaks(wrong Wrong) {
	if wrong == nil {
		l.wrong.Store(nil)
		return
	}
	l.wrong.Store(&wrong)
}

// Elsewhere returns a fault that leads to indexes with another prefix, as if another cluster answered.
func Elsewhere(here, there string) Wrong {
	return func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return false
		}
		body = bytes.ReplaceAll(body, []byte(here), []byte(there))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.URL.Path = strings.ReplaceAll(r.URL.Path, here, there)
		forward.ServeHTTP(w, r)
		return true
	}
}

// Reset ends a connection like a failing machine.
func Reset(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
}

// Gone resets every connection.
func Gone(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	Reset(w)
	return true
}

// Refuse returns a fault that answers requests whose path contains path with an
// error of Elasticsearch's.
func Refuse(status int, kind, reason, path string) Wrong {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.Contains(r.URL.Path, path) {
			return false
		}
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"error":{"root_cause":[{"type":%[1]q,"reason":%[2]q}],"type":%[1]q,"reason":%[2]q},"status":%[3]d}`, kind, reason, status)
		return true
	}
}

// Lose returns a fault that loses every other _bulk, alternately before and
// after it was done.
func Lose() Wrong {
	var bulks atomic.Int32
	return func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		if !strings.HasSuffix(r.URL.Path, "/_bulk") {
			return false
		}
		switch bulks.Add(1) % 4 {
		case 1:
			forward.ServeHTTP(httptest.NewRecorder(), r)
			Reset(w)
			return true
		case 3:
			Reset(w)
			return true
		}
		return false
	}
}
