package network_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// message writes an HTTP request as bytes. Each header is a whole line.
func message(verb, target, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost:7512\r\n", verb, target)
	for _, header := range headers {
		b.WriteString(header + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n" + body
}

func get(target string, headers ...string) string { return message("GET", target, "", headers...) }

func post(body string, headers ...string) string { return message("POST", "/echo", body, headers...) }

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// rawCase is a request as bytes and its expected answer.
type rawCase struct {
	name    string
	request string
	status  int
	// id is the error's, "" for none; bare errors come without an envelope.
	id   string
	bare bool
	// body is the whole of it, as JSON, where it is no envelope.
	body string
	// props are the error's, if given.
	props string
	// field of the result, and its value as JSON.
	field, want string
	// header values expected; an empty value stands for a header not there.
	header map[string]string
	// closes is true when the connection cannot be used afterwards.
	closes bool
	// forbidden must not be in the answer.
	forbidden string
}

// runRaw sends the cases one after the other over one connection, so that each
// also shows that the one before did it no harm.
func runRaw(t *testing.T, f *front, cases []rawCase) {
	t.Helper()
	whole := t
	var c net.Conn
	var reader *bufio.Reader
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if c == nil {
				c = f.dial(whole)
				reader = bufio.NewReader(c)
			}
			if _, err := io.WriteString(c, test.request); err != nil {
				t.Fatal(err)
			}
			verb, _, _ := strings.Cut(test.request, " ")
			res, err := http.ReadResponse(reader, &http.Request{Method: verb})
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			test.check(t, res, body)
			if got, want := res.Close, test.closes; got != want {
				t.Errorf("closes the connection: %v, want %v", got, want)
			}
			if res.Close {
				_ = c.Close()
				c = nil
			}
		})
	}
}

func (test *rawCase) check(t *testing.T, res *http.Response, body []byte) {
	t.Helper()
	if got, want := res.StatusCode, test.status; got != want {
		t.Errorf("status %d, want %d: %s", got, want, body)
	}
	for name, want := range test.header {
		if got := res.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if test.forbidden != "" && bytes.Contains(body, []byte(test.forbidden)) {
		t.Errorf("%q is in the answer %s", test.forbidden, body)
	}
	if test.body != "" {
		var got, want any
		mustDecode(t, body, &got)
		mustDecode(t, []byte(test.body), &want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the body (-want +got):\n%s", diff)
		}
	}
	if test.id != "" {
		checkError(t, body, test)
	}
	if test.field != "" {
		checkField(t, body, test.field, test.want)
	}
}

type wireError struct {
	ID      string `json:"id"`
	Code    int    `json:"code"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Props   any    `json:"props"`
}

func checkError(t *testing.T, body []byte, test *rawCase) {
	t.Helper()
	var envelope struct {
		Status    int
		RequestID any `json:"requestId"`
		Error     *wireError
	}
	var got wireError
	if test.bare {
		mustDecode(t, body, &got)
	} else {
		mustDecode(t, body, &envelope)
		if envelope.Error == nil {
			t.Fatalf("no error in %s", body)
		}
		got = *envelope.Error
		if envelope.Status != test.status || envelope.RequestID == nil {
			t.Errorf("envelope %s lacks status or id", body)
		}
	}
	if got.ID != test.id || got.Status != test.status || got.Code == 0 || got.Message == "" || got.Props == nil {
		t.Errorf("error %+v, want id %s and status %d", got, test.id, test.status)
	}
	if test.props != "" {
		var want any
		mustDecode(t, []byte(test.props), &want)
		if diff := cmp.Diff(want, got.Props); diff != "" {
			t.Errorf("props (-want +got):\n%s", diff)
		}
	}
}

// checkField compares one value of the answer, by its dotted path.
func checkField(t *testing.T, body []byte, path, want string) {
	t.Helper()
	var got, expected any
	mustDecode(t, body, &got)
	mustDecode(t, []byte(want), &expected)
	for _, key := range strings.Split(path, ".") {
		object, ok := got.(map[string]any)
		if !ok {
			t.Fatalf("no %s in %s", path, body)
		}
		got = object[key]
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func mustDecode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
}
