package network_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestSameAnswerOverBoth sends one request over HTTP and as a WebSocket message.
func TestSameAnswerOverBoth(t *testing.T) {
	f := start(t, network.Options{})
	r, err := http.NewRequest("GET", f.url("/echo/jdoe"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer t1")
	r.Header.Set("X-Kuzzle-Request-Id", "r1")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	overHTTP, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	http.DefaultClient.CloseIdleConnections()

	c := f.socket(t, nil)
	message := `{"controller":"test","action":"echo","_id":"jdoe","jwt":"t1","requestId":"r1"}`
	if err := c.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		t.Fatal(err)
	}
	_, overSocket, err := c.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if err := json.Unmarshal(overHTTP, &want); err != nil {
		t.Fatalf("%v in %s", err, overHTTP)
	}
	if err := json.Unmarshal(overSocket, &got); err != nil {
		t.Fatalf("%v in %s", err, overSocket)
	}
	want["room"] = "r1"
	// A message's id is also an argument, a header is not.
	want["result"].(map[string]any)["args"].(map[string]any)["requestId"] = "r1"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("HTTP (-) and WebSocket (+) differ:\n%s", diff)
	}
}
