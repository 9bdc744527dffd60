package systemtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestFrontendInvitesOneAddressOften: a user who invites an address to many organizations has it sent only a
// few mails. The mails of other users and of the instance arrive nevertheless.
func TestFrontendInvitesOneAddressOften(t *testing.T) {
	t.Parallel()
	const (
		organizations, invited, last = 20, "invited@example.com", "last@example.com"
		// A user has three mails that count apart. The recipient gets five others without a wait.
		most = 3 + 5
	)
	s, box := startCoding(t)
	s.colleague(t, "often")
	often, admin := s.develop(t), s.develop(t)
	often.signInAs(t, "often@example.com")
	admin.signIn(t)
	acme := admin.found(t, "Acme")
	invite := func(b *visitor, organization, email string) {
		t.Helper()
		b.send(t, "POST", "/organizations/"+organization+"/invitations", url.Values{"email_address": {email}, "role": {"org:member"}}).answered(t, "inviting", 200)
	}
	for i := range organizations {
		invite(often, often.found(t, fmt.Sprint("Often ", i)), invited)
	}
	// A mail that came before its invitation is tried again after a pause.
	s.clock.advance(10 * time.Second)
	invite(admin, acme, last)
	mails := 0
	for {
		m := box.any(t)
		if m["to"] == last {
			break
		}
		if m["kind"] != "organization-invitation" || m["to"] != invited {
			t.Fatalf("got a mail %v", m)
		}
		mails++
	}
	if mails == 0 || mails > most {
		t.Errorf("%d mails to one address, want 1 to %d", mails, most)
	}
	invite(admin, acme, invited)
	s.clock.advance(10 * time.Second)
	if text := box.next(t, "organization-invitation", invited); !strings.Contains(text, "http") {
		t.Errorf("another user's mail is %q", text)
	}
	s.make(t, "/organizations/"+often.found(t, "Often again")+"/invitations", `{"email_address":"`+invited+`","role":"org:member"}`)
	s.clock.advance(10 * time.Second)
	box.next(t, "organization-invitation", invited)
}
