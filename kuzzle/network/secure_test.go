package network_test

import (
	"crypto/tls"
	"log/slog"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestSpokeTLS tells the operator once of clients that speak TLS to a server without a certificate.
func TestSpokeTLS(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	f := start(t, network.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	ask(t, f.dial(t), get("/echo"))
	if peer, spoke := f.server.SpokeTLS(); spoke || log.String() != "" {
		t.Errorf("after a request: %v, %s", peer, log.String())
	}
	for range 2 {
		if err := tls.Client(f.dial(t), &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil {
			t.Error("a server without a certificate speaks TLS")
		}
	}
	if peer, spoke := f.server.SpokeTLS(); !spoke || !peer.IsLoopback() {
		t.Errorf("after TLS: %v, %v", peer, spoke)
	}
	if told := log.String(); strings.Count(told, "level=WARN") != 1 || !strings.Contains(told, "http.tls.cert") || !strings.Contains(told, "peer=127.0.0.1") {
		t.Errorf("the log has %s", told)
	}
}
