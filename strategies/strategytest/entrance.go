package strategytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// TicketFixtures describe a strategy to RunTickets. Config is optional.
type TicketFixtures struct {
	// Config is the configuration for New.
	Config json.RawMessage
	// Login returns the body of _login for a ticket.
	Login func(ticket string) strategies.Credentials
}

// RunTickets proves a strategy that logs in by tickets of the backend and stores no credentials.
// Its subtests are named after the proved property.
func RunTickets(t *testing.T, build strategies.New, fx TicketFixtures) {
	t.Helper()
	if fx.Login == nil {
		t.Fatal("strategytest: TicketFixtures.Login is required")
	}
	general := suite{build, Fixtures{Config: fx.Config}}
	t.Run("Name", func(t *testing.T) { testName(t, general) })
	t.Run("Configuration", func(t *testing.T) { testConfiguration(t, general) })
	for _, part := range []struct {
		name string
		run  func(*testing.T, fixture, TicketFixtures)
	}{
		{"Life", testTicketLife}, {"Once", testTicketOnce}, {"NoCredentials", testNoCredentials},
		{"NoEnumeration", testTicketsUnknown}, {"HostileInput", testHostileTickets}, {"Secrets", testTicketSecrets}, {"Links", testTicketLinks},
	} {
		t.Run(part.name, func(t *testing.T) {
			f := general.mount(t)
			if err := f.CreateUser(t.Context(), User{Kuid: "user-0"}, admin, nil); err != nil {
				t.Fatal(err)
			}
			part.run(t, f, fx)
		})
	}
}

func testTicketLife(t *testing.T, f fixture, fx TicketFixtures) {
	f.wantLogin(t, "user-0", fx.Login(NewTicket(f.Host, "user-0")))
	f.wantRefused(t, "a ticket that was never issued", fx.Login("no-such-ticket"))
	f.wantRefused(t, "a ticket of a user who does not exist", fx.Login(NewTicket(f.Host, "user-1")))
	if _, only := f.strategy.(strategies.LoginOnly); !only {
		t.Error("the strategy does not implement LoginOnly: a logged-in user could confirm their identity with a ticket")
	}
}

// testTicketOnce checks that a ticket logs in once, even in many concurrent logins.
func testTicketOnce(t *testing.T, f fixture, fx TicketFixtures) {
	in := fx.Login(NewTicket(f.Host, "user-0"))
	f.wantLogin(t, "user-0", maps.Clone(in))
	f.wantRefused(t, "a ticket that was used", in)
	const logins = 16
	in = fx.Login(NewTicket(f.Host, "user-0"))
	errs := make([]error, logins)
	var all sync.WaitGroup
	for i := range logins {
		all.Go(func() { _, _, errs[i] = f.LogIn(t.Context(), f.name, maps.Clone(in)) })
	}
	all.Wait()
	entered := 0
	for _, err := range errs {
		if err == nil {
			entered++
		}
	}
	if entered != 1 {
		t.Errorf("of %d concurrent logins with one ticket %d succeed, want 1", logins, entered)
	}
}

// testNoCredentials checks that the strategy refuses all credentials.
func testNoCredentials(t *testing.T, f fixture, fx TicketFixtures) {
	before := f.Snapshot()
	for _, in := range []strategies.Credentials{nil, {}, fx.Login(NewTicket(f.Host, "user-0")), {"no-such-field": "x"}} {
		for _, reason := range []strategies.Reason{strategies.Create, strategies.Update, strategies.Validate, strategies.Import} {
			_, err := f.strategy.Check(t.Context(), strategies.Subject{Kuid: "user-0", By: admin, Reason: reason}, in)
			wantFault(t, fmt.Sprintf("credentials (%s)", reason), err)
		}
	}
	if f.Snapshot() != before {
		t.Error("Check changed something")
	}
}

func testTicketsUnknown(t *testing.T, f fixture, fx TicketFixtures) {
	gone, unknown := fx.Login(NewTicket(f.Host, "user-1")), fx.Login("no-such-ticket")
	f.Calls()
	_, _, first := f.LogIn(t.Context(), f.name, gone)
	work := f.Calls()
	_, _, second := f.LogIn(t.Context(), f.name, unknown)
	if got := f.Calls(); fmt.Sprint(got) != fmt.Sprint(work) {
		t.Errorf("an unknown ticket costs %v, one of a missing user %v", got, work)
	}
	if !errors.Is(first, strategies.ErrRefused) || !errors.Is(second, strategies.ErrRefused) || first.Error() != second.Error() {
		t.Errorf("an unknown ticket is answered %v, one of a missing user %v; want ErrRefused for both", second, first)
	}
}

func testHostileTickets(t *testing.T, f fixture, fx TicketFixtures) {
	good := fx.Login(NewTicket(f.Host, "user-0"))
	for field := range good {
		for what, value := range hostileValues() {
			in := maps.Clone(good)
			in[field] = value
			f.hostileLogin(t, fmt.Sprintf("a login with %s in %q", what, field), in)
		}
		in := maps.Clone(good)
		delete(in, field)
		f.hostileLogin(t, fmt.Sprintf("a login with %q left out", field), in)
	}
	f.hostileLogin(t, "a login with nothing", nil)
	f.wantLogin(t, "user-0", good)
}

func testTicketSecrets(t *testing.T, f fixture, fx TicketFixtures) {
	good := NewTicket(f.Host, "user-0")
	_, _, err := f.LogIn(t.Context(), f.name, fx.Login(canary+good))
	wantFault(t, "an unknown ticket", err)
	if text := fmt.Sprintf("%v %+v %s", err, err, f.Logged()); strings.Contains(text, good) {
		t.Errorf("the error or the log shows the ticket: %.300s", text)
	}
}

// testTicketLinks checks that an opened link uses nothing up and reveals nothing about its ticket,
// and that the button of the shown page redeems the ticket.
func testTicketLinks(t *testing.T, f fixture, fx TicketFixtures) {
	if _, ok := f.strategy.(strategies.Redirector); !ok {
		return
	}
	follow := func(in strategies.Credentials) (*strategies.Page, []string) {
		t.Helper()
		f.Calls()
		_, out, err := f.FollowLink(t.Context(), f.name, in)
		if err != nil || out.Kuid != "" || out.Next == nil || out.Next.Page == nil {
			t.Fatalf("an opened link leads to %+v, %v, want a page", out, err)
		}
		if err := out.Next.Check(false); err != nil {
			t.Errorf("the backend refuses the page: %v", err)
		}
		return out.Next.Page, f.Calls()
	}
	in := fx.Login(NewTicket(f.Host, "user-0"))
	page, work := follow(maps.Clone(in))
	if again, _ := follow(maps.Clone(in)); fmt.Sprint(again) != fmt.Sprint(page) {
		t.Errorf("a link that is opened again shows %+v, before %+v", again, page)
	}
	wrong, wrongWork := follow(fx.Login("no-such-ticket"))
	if wrong.Title != page.Title || wrong.Text != page.Text || wrong.Button != page.Button || fmt.Sprint(wrongWork) != fmt.Sprint(work) {
		t.Errorf("a wrong link shows %+v for %v, a right one %+v for %v", wrong, wrongWork, page, work)
	}
	posted := strategies.Credentials{}
	for name, value := range page.Fields {
		posted[name] = value
	}
	f.wantLogin(t, "user-0", posted)
}
