package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// ErrRefused is wrapped by errors for messages that no receiver will ever accept:
// the address is invalid, or the server refuses the message permanently.
var ErrRefused = errors.New("the message is refused permanently")

// Encryption of a connection to an SMTP server.
const (
	// StartTLS encrypts before any other command, and refuses a server that cannot.
	StartTLS = "starttls"
	// ImplicitTLS encrypts from the first byte, usually on port 465.
	ImplicitTLS = "implicit"
	// NoTLS encrypts nothing. It is for servers on the same machine.
	NoTLS = "none"
)

// SMTP sends mails by a server. It makes a connection for each mail.
type SMTP struct {
	// Address is host:port.
	Address string
	// TLS is StartTLS, ImplicitTLS or NoTLS.
	TLS string
	// Username and Password are for AUTH PLAIN; without a Username there is no
	// authentication.
	Username, Password string
	// From is the sender's address, with or without a name.
	From string
	// Roots, if set, replaces the configuration that verifies server certificates;
	// for tests.
	Roots *tls.Config
	Now   func() time.Time
}

var _ Sender = (*SMTP)(nil)

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if m.Channel != Mail {
		return fmt.Errorf("an SMTP server sends mails only: %w", ErrRefused)
	}
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return fmt.Errorf("notify.from: %w", err)
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil || to.Address != strings.TrimSpace(m.To) {
		// An address in another form could reach a mailbox that was never checked.
		return fmt.Errorf("the recipient is not a mail address: %w", ErrRefused)
	}
	body, err := s.compose(from, to, m)
	if err != nil {
		return err
	}
	client, done, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("the mail server %s: %w", s.Address, err)
	}
	defer done()
	if err := deliver(client, from.Address, to.Address, body); err != nil {
		return fmt.Errorf("the mail server %s: %w", s.Address, told(err))
	}
	return nil
}

// connect returns a client that is ready for a mail. done closes the connection;
// the end of ctx closes it too.
func (s *SMTP) connect(ctx context.Context) (client *smtp.Client, done func(), err error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, nil, err
	}
	secure := &tls.Config{}
	if s.Roots != nil {
		secure = s.Roots.Clone()
	}
	secure.ServerName, secure.MinVersion = host, tls.VersionTLS12
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	leave := func() { stop(); _ = conn.Close() }
	defer func() {
		if err != nil {
			leave()
		}
	}()
	if s.TLS == ImplicitTLS {
		conn = tls.Client(conn, secure)
	}
	if client, err = smtp.NewClient(conn, host); err != nil {
		return nil, nil, err
	}
	if s.TLS == StartTLS {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return nil, nil, errors.New("it does not offer STARTTLS, and mails are never sent unencrypted; see notify.smtp.tls")
		}
		if err = client.StartTLS(secure); err != nil {
			return nil, nil, err
		}
	}
	if s.Username != "" {
		// PlainAuth sends the password to this host only, over an encrypted or
		// local connection.
		if err = client.Auth(smtp.PlainAuth("", s.Username, s.Password, host)); err != nil {
			return nil, nil, told(err)
		}
	}
	return client, leave, nil
}

func deliver(client *smtp.Client, from, to string, body []byte) error {
	if err := client.Mail(from); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		if code := new(textproto.Error); errors.As(err, &code) && code.Code >= 550 && code.Code <= 553 {
			return errors.Join(ErrRefused, told(err))
		}
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(body); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	_ = client.Quit() // the server has accepted the mail already
	return nil
}

// told returns a server's refusal without its text, which may quote the mail.
func told(err error) error {
	code := new(textproto.Error)
	if !errors.As(err, &code) {
		return err
	}
	told := fmt.Errorf("it answered %d", code.Code)
	if errors.Is(err, ErrRefused) {
		return errors.Join(ErrRefused, told)
	}
	return told
}

// compose returns a mail in the format of SMTP.
func (s *SMTP) compose(from, to *mail.Address, m Message) ([]byte, error) {
	var out bytes.Buffer
	_, domain, _ := strings.Cut(from.Address, "@")
	for _, header := range [][2]string{
		{"From", from.String()}, {"To", (&mail.Address{Address: to.Address}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", s.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, {"MIME-Version", "1.0"},
		{"Content-Type", `text/plain; charset="utf-8"`}, {"Content-Transfer-Encoding", "quoted-printable"},
	} {
		if strings.ContainsAny(header[1], "\r\n") {
			return nil, fmt.Errorf("the header %s contains a line break: %w", header[0], ErrRefused)
		}
		out.WriteString(header[0] + ": " + header[1] + "\r\n")
	}
	out.WriteString("\r\n")
	body := quotedprintable.NewWriter(&out)
	if _, err := body.Write([]byte(strings.ReplaceAll(m.Text, "\n", "\r\n"))); err != nil {
		return nil, err
	}
	return out.Bytes(), body.Close()
}
