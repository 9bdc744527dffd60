package systemtest

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

// TestAttack21 abuses WebSockets within the load of one test: messages above the limit,
// whole, in fragments and compressed, and floods of pings and of frames. Each ends its own
// connection only or is answered. An address that opens more idle connections than there
// are slots keeps nobody else out. TestIdleSockets covers crowds of sockets and their
// memory, TestSlowReadersGiveWay slow readers. TestMemoryBudget measures the memory under
// floods of fragments, pings and bombs.
func TestAttack21(t *testing.T) {
	t.Parallel()
	const slots = 200
	s := start(t, func(set *settings) {
		set.Server.Protocols.WebSocket.Compression = true
		set.Limits.Connections = slots
	})
	s.crowdFrom(t, "127.0.0.21", slots+50)
	honest := dial(t, s)
	piece := bytes.Repeat([]byte(" "), 64<<10)
	for name, send := range map[string]func(*websocket.Conn){
		"one frame": func(c *websocket.Conn) { _ = c.WriteMessage(websocket.TextMessage, bytes.Repeat(piece, 64)) },
		"fragments": func(c *websocket.Conn) {
			w, err := c.NextWriter(websocket.TextMessage)
			for i := 0; err == nil && i < 16<<10; i++ { // a gigabyte, if nobody ends it
				_, err = w.Write(piece)
			}
		},
		"a compression bomb": func(c *websocket.Conn) {
			c.EnableWriteCompression(true)
			_ = c.WriteMessage(websocket.TextMessage, bytes.Repeat(piece, 512))
		},
	} {
		dialer := websocket.Dialer{EnableCompression: name == "a compression bomb"}
		c, res, err := dialer.Dial("ws://"+s.addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		send(c)
		_ = c.SetReadDeadline(time.Now().Add(answerWithin))
		if _, raw, err := c.ReadMessage(); err == nil {
			t.Errorf("%s: answered %.300s", name, raw)
		}
		c.Close()
	}
	flood := dial(t, s)
	for range 20_000 {
		if err := flood.conn.WriteControl(websocket.PingMessage, []byte("beat"), time.Now().Add(answerWithin)); err != nil {
			break // ending the flood is an answer too
		}
	}
	small := dial(t, s)
	for range 5000 {
		if a := small.roundTrip(t, []byte(`{"p":1}`), ""); string(a.raw) != `{"p":2}` {
			t.Fatalf("a small frame: %.300s", a.raw)
		}
	}
	if a := honest.send(t, call{id: "r", controller: "auth", action: "getCurrentUser"}); a.text("result._id") != "-1" {
		t.Errorf("afterwards: %s", a.raw)
	}
}

// crowdFrom opens idle connections from one address, a half of them sockets, and
// leaves them until the test ends. Others are let in nevertheless, by both protocols.
func (s *server) crowdFrom(t *testing.T, address string, size int) {
	t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	dialer := websocket.Dialer{NetDialContext: from.DialContext}
	for i := range size {
		var conn io.Closer
		var err error
		if i%2 == 0 {
			conn, err = from.DialContext(t.Context(), "tcp", s.addr)
		} else {
			conn, _, err = dialer.Dial("ws://"+s.addr, nil)
		}
		if err == nil { // refusing the crowd is an answer too
			t.Cleanup(func() { conn.Close() })
		}
	}
	now := call{id: "r", controller: "server", action: "publicApi"}
	for _, protocol := range []string{"http", "websocket"} {
		wantError(t, "another address beside the crowd, over "+protocol, s.client(t, protocol).send(t, now), 200, "")
	}
}

// TestAttack25 puts line breaks, escape sequences and JSON into every text of a client
// that may be logged: log and audit log stay one JSON object per line, without control
// characters. Then it looks for the password and all used tokens in the server's files.
// Every other test here, when its server ends, looks for all passwords, digests and tokens
// of its clients in the log, the events, the audit log and the metrics, and for the
// passwords in the files. TestCrashTellsNoSecret covers the remains of a crashed server.
func TestAttack25(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t)
		st := newStory(t, s, protocol)
		const forged = "forged-by-a-client"
		for i, text := range []string{
			"a\r\n" + `{"level":"ERROR","msg":"` + forged + `"}`, "\x1b[2J\x1b[31m" + forged, `","msg":"` + forged + `","x":"`, "\u2028" + forged, "\x00\x07" + forged,
		} {
			st.call(t, loginAs(text, text, ""))
			st.call(t, call{controller: text, action: text, token: st.kept["limited"]})
			st.call(t, call{controller: "auth", action: "login", args: map[string]any{"strategy": text}, hasBody: true, body: map[string]any{}})
			st.call(t, call{controller: "security", action: "getUser", args: map[string]any{"_id": text}, token: st.kept["admin"]})
			st.call(t, call{controller: "security", action: "createRole", args: map[string]any{"_id": text}, hasBody: true, body: map[string]any{"controllers": text}, token: st.kept["admin"]})
			st.call(t, call{controller: "security", action: "updateUser", args: map[string]any{"_id": "user"}, hasBody: true, body: map[string]any{"name" + itoa(i): text}, token: st.kept["admin"]})
			if protocol == "websocket" { // no client sends a header with a line break
				st.call(t, call{controller: "auth", action: "getCurrentUser", token: "kauth-" + text})
			}
		}
		for where, said := range map[string]string{"log": s.log.String(), "audit log": s.auditLog(t)} {
			for line := range strings.Lines(said) {
				var record map[string]any
				if err := json.Unmarshal([]byte(line), &record); err != nil {
					t.Errorf("%s: a line is no JSON object: %q", where, line)
				}
				if record["msg"] == forged {
					t.Errorf("%s: a client wrote the line %q", where, line)
				}
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
					t.Errorf("%s: a control character in %q", where, line)
				}
			}
		}
		metrics := func() string {
			return string(s.dispatch(t, "server", "metrics", map[string]any{"format": "prometheus"}, nil))
		}
		// A status that was not there before, such as 429, makes a few series; each of 200
		// names makes none.
		strange := func(first int) (series []string) {
			for i := first; i < first+50; i++ {
				name := "strange-" + itoa(i)
				st.call(t, loginAs(name, name, ""))
				st.call(t, call{controller: name, action: name, token: st.kept["admin"]})
				st.call(t, call{controller: "security", action: name, token: st.kept["admin"]})
				st.call(t, call{controller: "auth", action: "login", args: map[string]any{"strategy": name}, hasBody: true, body: map[string]any{}})
			}
			for line := range strings.Lines(metrics()) {
				series = append(series, line[:strings.LastIndexByte(line, ' ')])
			}
			return series
		}
		before := strange(0)
		if more := slices.DeleteFunc(strange(50), func(one string) bool { return slices.Contains(before, one) }); len(more) > 50 {
			t.Errorf("200 names of clients made %d series of metrics more: %.3000q", len(more), more)
		}
		if text := metrics(); strings.Contains(text, forged) || strings.Contains(text, "strange-") {
			t.Error("a metric is labelled with a client's text")
		}
		s.checkFiles(t)
	})
}

// checkFiles looks for secrets in all files of the data folder.
func (s *server) checkFiles(t *testing.T) {
	t.Helper()
	_, secrets := s.trace.of("tokens")
	if len(secrets) == 0 {
		t.Error("no token was handed out, so none could be found")
	}
	err := filepath.WalkDir(s.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range append([]string{canaryPassword}, secrets...) {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds a secret (%.12s…)", filepath.Base(path), secret)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAttack27 exports users whose texts are formulas to a spreadsheet. There is
// no export but JSON, in which a text is a text.
func TestAttack27(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	formulas := []string{`=HYPERLINK("http://evil.example","x")`, "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1"}
	for i, formula := range formulas {
		s.operate(t, "security", "createUser", map[string]any{"_id": "formula-" + itoa(i)}, map[string]any{"content": map[string]any{"profileIds": []any{"limited"}, "name": formula}})
	}
	page, err := s.app.Operate(t.Context(), backend.AdminRequest{Export: &backend.ExportPage{}})
	if err != nil {
		t.Fatal(err)
	}
	var exported struct {
		Users []map[string]any `json:"users"`
	}
	if err := json.Unmarshal(page, &exported); err != nil {
		t.Fatalf("an export is no JSON: %v", err)
	}
	text := string(page)
	for _, formula := range formulas {
		if quoted := string(mustJSON(formula)); !strings.Contains(text, quoted[1:len(quoted)-1]) {
			t.Errorf("the export has no %s", quoted)
		}
	}
	for _, path := range []string{"/users/_search?format=csv", "/_metrics?format=csv", "/users/formula-0?format=csv"} {
		for _, verb := range []string{"GET", "POST"} {
			header := http.Header{"Authorization": {"Bearer " + st.kept["admin"]}, "Accept": {"text/csv"}}
			a := newHTTPClient(t, s).roundTrip(t, verb, path, header, nil)
			if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
				t.Errorf("%s %s is answered as %s", verb, path, kind)
			}
		}
	}
}
