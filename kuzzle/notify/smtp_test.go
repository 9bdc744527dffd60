package notify_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

// server is an SMTP server on loopback, as far as a client of it needs one.
type server struct {
	tls      *tls.Config
	implicit bool
	plain    bool // no STARTTLS
	password string
	refuse   int // code for RCPT
	got      chan string
}

func (s *server) start(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s.got = make(chan string, 10)
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if s.implicit {
				conn = tls.Server(conn, s.tls)
			}
			s.serve(conn)
		}
	}()
	return listener.Addr().String()
}

func (s *server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	in, say := bufio.NewReader(conn), func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	secure, in2 := s.implicit, in
	envelope, authed := "", s.password == ""
	say("220 test ESMTP")
	for {
		line, err := in2.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			say("250-test")
			if !secure && !s.plain {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go")
			conn = tls.Server(conn, s.tls)
			in2, secure = bufio.NewReader(conn), true
		case "AUTH":
			text, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if authed = string(text) == "\x00user\x00"+s.password; authed {
				say("235 ok")
			} else {
				say("535 no, not with " + string(text))
			}
		case "MAIL":
			if !authed {
				say("530 authentication required")
				continue
			}
			envelope = fmt.Sprintf("tls=%v %s", secure, rest)
			say("250 ok")
		case "RCPT":
			if s.refuse != 0 {
				say(fmt.Sprint(s.refuse, " no"))
				continue
			}
			envelope += " " + rest
			say("250 ok")
		case "DATA":
			say("354 go")
			var text strings.Builder
			for {
				line, err := in2.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(line, "."))
			}
			s.got <- envelope + "\n" + text.String()
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("500 what")
		}
	}
}

// certificate returns a certificate for 127.0.0.1, and a configuration that trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &tls.Config{Certificates: web.TLS.Certificates}, &tls.Config{RootCAs: roots}
}

var message = notify.Message{Channel: notify.Mail, Kind: "k", To: "jane@example.com", Subject: "Grüße", Text: "Liebe Jané,\n\n.dot = ok\n"}

func TestSMTP(t *testing.T) {
	serverTLS, clientTLS := certificate(t)
	for _, way := range []string{notify.StartTLS, notify.ImplicitTLS} {
		t.Run(way, func(t *testing.T) {
			s := &server{tls: serverTLS, implicit: way == notify.ImplicitTLS, password: "zebra"}
			sender := &notify.SMTP{Address: s.start(t), TLS: way, Username: "user", Password: "zebra", From: "Example <noreply@example.org>", Roots: clientTLS, Now: time.Now}
			if err := sender.Send(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			envelope, text, _ := strings.Cut(<-s.got, "\n")
			if !strings.HasPrefix(envelope, "tls=true FROM:<noreply@example.org>") || !strings.Contains(envelope, "TO:<jane@example.com>") {
				t.Errorf("envelope %s", envelope)
			}
			got, err := mail.ReadMessage(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			subject, _ := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			body, _ := io.ReadAll(quotedprintable.NewReader(got.Body))
			if subject != message.Subject || strings.ReplaceAll(string(body), "\r\n", "\n") != message.Text || got.Header.Get("Message-Id") == "" {
				t.Errorf("got %q with %q", subject, body)
			}

			sender.Password = "canary"
			if err := sender.Send(t.Context(), message); err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "535") {
				t.Errorf("a wrong password: %v, want the code and not the server's text", err)
			}
			sender.Password, sender.Roots = "zebra", nil
			if err := sender.Send(t.Context(), message); err == nil {
				t.Error("a certificate that nobody vouches for is taken")
			}
		})
	}
}

func TestSMTPRefusals(t *testing.T) {
	serverTLS, clientTLS := certificate(t)
	plain := &server{tls: serverTLS, plain: true}
	sender := &notify.SMTP{Address: plain.start(t), TLS: notify.StartTLS, From: "a@example.org", Roots: clientTLS, Now: time.Now}
	if err := sender.Send(t.Context(), message); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("a server without STARTTLS: %v", err)
	}
	sender.TLS = notify.NoTLS
	if err := sender.Send(t.Context(), message); err != nil {
		t.Error("in the clear, as asked:", err)
	}
	for code, forGood := range map[int]bool{450: false, 550: true} {
		s := &server{tls: serverTLS, refuse: code}
		sender := &notify.SMTP{Address: s.start(t), TLS: notify.StartTLS, From: "a@example.org", Roots: clientTLS, Now: time.Now}
		if err := sender.Send(t.Context(), message); err == nil || errors.Is(err, notify.ErrRefused) != forGood {
			t.Errorf("code %d: %v", code, err)
		}
	}
	for _, to := range []string{"", "nobody", "a@b\r\nBcc: c@d", "<c@d>", `"c"@d`, "C <c@d>"} {
		m := message
		m.To = to
		if err := sender.Send(t.Context(), m); !errors.Is(err, notify.ErrRefused) {
			t.Errorf("to %q: %v", to, err)
		}
	}
	// A server that says nothing costs no more than the context allows.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	sender.Address = silent.Addr().String()
	if err := sender.Send(ctx, message); err == nil {
		t.Error("a silent server took a mail")
	}
}

func TestTextsAreReplaced(t *testing.T) {
	texts, err := notify.LoadTexts("", nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := texts.Make(notify.Mail, notify.PasswordChanged, "jane@example.com", map[string]string{"Name": "jane"})
	if err != nil || m.Subject != "Your password was changed" || !strings.Contains(m.Text, "password of jane was") {
		t.Errorf("got %+v, %v", m, err)
	}
	if got := notify.Mask("jane@example.com"); got != "j…@example.com" {
		t.Errorf("masked %s", got)
	}
}

// TestTextsOfStrategies: strategies bring their own texts, which a folder may replace;
// invalid and existing ones are refused.
func TestTextsOfStrategies(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "own.sms.txt"), []byte("replaced {{.Token}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	texts, err := notify.LoadTexts(folder, map[string]string{"own.mail.txt": "Subject\n\nFor {{.Name}}: {{.Link}}", "own.sms.txt": "own"})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"Name": "jdoe", "Link": "https://app.example.com/#a", "Token": "a"}
	mail, err := texts.Make(notify.Mail, "own", "jdoe@example.com", values)
	if err != nil || mail.Subject != "Subject" || mail.Text != "For jdoe: https://app.example.com/#a\n" {
		t.Errorf("made %+v, %v", mail, err)
	}
	if sms, err := texts.Make(notify.SMS, "own", "+12015550123", values); err != nil || sms.Text != "replaced a\n" {
		t.Errorf("made %+v, %v", sms, err)
	}
	for name, text := range map[string]string{
		"password-reset.mail.txt": "Subject\n\ntext", "../own.mail.txt": "Subject\n\ntext", "own": "text", "own.fax.txt": "text",
		"other.mail.txt": "no subject", "other.sms.txt": "{{.Password}}",
		"range.sms.txt": "{{if .Name}}a{{else}}{{range .Name}}b{{end}}{{end}}", "pipe.sms.txt": "{{.Name | printf}}", "with.sms.txt": "{{.Name.First}}",
		"call.sms.txt": "{{if eq}}a{{end}}", "two.sms.txt": "{{.Name .Link}}", "open.sms.txt": "{{if .Name}}", "lost.sms.txt": "{{if .Name}}a{{else}}{{.Lost}}{{end}}",
	} {
		if _, err := notify.LoadTexts("", map[string]string{name: text}); err == nil {
			t.Errorf("the text %s is taken", name)
		}
	}
}

// TestTemplates: what a text may have means what it means in Go's text/template.
func TestTemplates(t *testing.T) {
	for source, want := range map[string]string{
		"{{if .Link}}{{.Link}}{{else}}{{.Token}}{{end}}":                                          "T\n",
		"{{if eq .Change \"added\" \"changed\"}}new{{else if ne .Change \"removed\"}}odd{{end}}":  "new\n",
		"{{if not .Link}}none{{end}} {{- /* said */ -}} , {{or .Link .Token}}":                    "none, T\n",
		"{{if and .Change (not (eq .Change \"removed\"))}}{{and .Token .Change}}{{else}}b{{end}}": "added\n",
		"{{\"{{\"}}.Name}}": "{{.Name}}\n",
	} {
		folder, values := t.TempDir(), map[string]string{"Link": "", "Token": "T", "Change": "added"}
		if err := os.WriteFile(filepath.Join(folder, "password-reset.sms.txt"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		texts, err := notify.LoadTexts(folder, nil)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := texts.Make(notify.SMS, notify.PasswordReset, "+12015550123", values)
		var std strings.Builder
		if err := template.Must(template.New("").Parse(source)).Execute(&std, values); err != nil || std.String()+"\n" != want {
			t.Errorf("%s: text/template makes %q, %v", source, std.String(), err)
		}
		if err != nil || got.Text != want {
			t.Errorf("%s: got %q, %v, want %q", source, got.Text, err, want)
		}
	}
}
