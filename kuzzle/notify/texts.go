package notify

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

//go:embed texts
var builtin embed.FS

// Kinds of messages. Each is a file in the folder texts. Name is the user's name, or the address if
// it is not verified.
const (
	// PasswordChanged has the value Name.
	PasswordChanged = "password-changed"
	// FactorChanged has Name, Factor, which is the name of a strategy, and Change: added, changed
	// or removed.
	FactorChanged = "factor-changed"
	// LoginsFailed and LoginAfterFailures have Name and Failures, a number.
	LoginsFailed       = "logins-failed"
	LoginAfterFailures = "login-after-failures"
	// ContactChanged has Name, Kind, which is a noun for the contact, and Change: added, verified,
	// changed or removed.
	ContactChanged = "contact-changed"
	// ContactCode has Code and Until. It contains no text that a user chose, because the address
	// may be a stranger's.
	ContactCode = "contact-code"
	// SignInCode and ResetCode have Name, Code and Until.
	SignInCode = "sign-in-code"
	ResetCode  = "reset-code"
	// SignInLink and ContactLink have Name, Link and Until. ContactLink contains no text that a user
	// chose, like ContactCode.
	SignInLink  = "sign-in-link"
	ContactLink = "contact-link"
	// Invitation and the kinds after it have Name, which is the address, Link and Until.
	Invitation             = "invitation"
	WaitlistInvitation     = "waitlist-invitation"
	OrganizationInvitation = "organization-invitation"
	// Test has Name. It shows an administrator that mails arrive.
	Test = "test"
	// PasswordReset has Name, Token, Until, and Link, which may be empty.
	PasswordReset = "password-reset"
)

// maxText bounds a text and a message made of it, in bytes.
const maxText = 32 << 10

// Texts makes messages. It is safe for concurrent use.
type Texts struct{ byName map[string]template }

// LoadTexts reads the built-in texts and further ones, by the names of their files,
// and in their place those of the same names in a folder; "" is no folder. They
// are written as templates of Go's text/template, with names, {{if}}, {{else}}, {{end}},
// and, or, not, eq and ne alone; the first line of a mail is its subject, and the second
// is empty. Every text is tried with the values it will have, so that a mistake is told
// at the start.
func LoadTexts(folder string, more map[string]string) (*Texts, error) {
	texts := &Texts{byName: map[string]template{}}
	entries, err := fs.ReadDir(builtin, "texts")
	if err != nil {
		return nil, err
	}
	all := maps.Clone(more)
	if all == nil {
		all = map[string]string{}
	}
	for name := range more {
		if !isTextName(name) {
			return nil, fmt.Errorf("%q is not a name of a text, such as kind.mail.txt or kind.sms.txt", name)
		}
	}
	for _, entry := range entries {
		if _, taken := all[entry.Name()]; taken {
			return nil, fmt.Errorf("there is a text %s already: choose another name for the kind of message", entry.Name())
		}
		text, err := fs.ReadFile(builtin, "texts/"+entry.Name())
		if err != nil {
			return nil, err
		}
		all[entry.Name()] = string(text)
	}
	for name, text := range all {
		if folder != "" {
			replaced, err := os.ReadFile(filepath.Join(folder, name))
			if err == nil {
				text = string(replaced)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		if err := texts.add(name, text); err != nil {
			return nil, fmt.Errorf("the text %s: %w", name, err)
		}
	}
	return texts, nil
}

// isTextName reports whether the name of a text has a kind and a channel.
func isTextName(name string) bool {
	kind, channel, _ := strings.Cut(strings.TrimSuffix(name, ".txt"), ".")
	return strings.HasSuffix(name, ".txt") && (channel == string(Mail) || channel == string(SMS)) &&
		kind != "" && strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (t *Texts) add(name, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("it is larger than %d bytes", maxText)
	}
	parsed, err := parseTemplate(name, strings.ReplaceAll(text, "\r\n", "\n"))
	if err != nil {
		return err
	}
	if err := (&filling{values: sample, both: true}).fill(parsed.root); err != nil {
		return err
	}
	t.byName[name] = parsed
	kind, channel, _ := strings.Cut(strings.TrimSuffix(name, ".txt"), ".")
	_, err = t.Make(Channel(channel), kind, "", sample)
	return err
}

// sample has every value that a text may name.
var sample = map[string]string{
	"Name": "jdoe", "Factor": "totp", "Change": "added", "Failures": "10", "Token": "ABCD", "Link": "https://app.example.com/reset#ABCD", "Kind": "e-mail address", "Code": "123456", "Until": "13:04 UTC, 2 January 2030",
}

// Make returns the message of a kind for a channel.
func (t *Texts) Make(channel Channel, kind, to string, values map[string]string) (Message, error) {
	name := kind + "." + string(channel) + ".txt"
	text, ok := t.byName[name]
	if !ok {
		return Message{}, fmt.Errorf("there is no text %s: %w", name, ErrRefused)
	}
	out := filling{values: values}
	if err := out.fill(text.root); err != nil {
		return Message{}, err
	}
	if out.Len() > maxText {
		return Message{}, fmt.Errorf("the message is larger than %d bytes: %w", maxText, ErrRefused)
	}
	m := Message{Channel: channel, Kind: kind, To: to, Text: strings.TrimSpace(out.String()) + "\n"}
	if channel != Mail {
		return m, nil
	}
	subject, rest, _ := strings.Cut(m.Text, "\n")
	body, apart := strings.CutPrefix(rest, "\n")
	if subject = strings.TrimSpace(subject); subject == "" || !apart {
		return Message{}, errors.New("a mail must begin with its subject in the first line, and an empty line")
	}
	m.Subject, m.Text = subject, body
	return m, nil
}
