package systemtest

import (
	"encoding/json"
	"fmt"
	"net"
	"testing"
	"time"
)

// TestAllowAndInviteIsWhole: an address whose allowing client leaves at any moment is allowed
// and invited, or neither.
func TestAllowAndInviteIsWhole(t *testing.T) {
	s := startClerk(t)
	for i := range 60 {
		body := fmt.Sprintf(`{"identifier":"left%d@example.com","notify":true}`, i)
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /v1/allowlist_identifiers HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", s.addr, clerkKey, len(body), body)
		<-time.After(time.Duration(i) * 100 * time.Microsecond)
		_ = c.Close()
	}
	late := time.Now().Add(10 * time.Second) // requests without a client end in their own time
	for {
		var list []struct {
			Identifier string
			Invitation string `json:"invitation_id"`
		}
		a := s.call(t, "GET", "/allowlist_identifiers?limit=500", "")
		if err := json.Unmarshal(a.body, &list); err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		half := ""
		for _, e := range list {
			if e.Invitation == "" {
				half = e.Identifier
			}
		}
		if len(list) > 0 && half == "" {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("of %d addresses, %q is allowed and not invited", len(list), half)
		}
	}
}
