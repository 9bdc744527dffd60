package cluster

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// TestDeadAddressGetsNoRequest: an address that failed gets no request before a ping
// has found it alive, also when its time to be looked at has come; where all have
// failed, the one whose time comes first gets it.
func TestDeadAddressGetsNoRequest(t *testing.T) {
	n := &nodes{pings: newPinger(&http.Transport{}, Access{})}
	n.pings.stop() // nobody pings in this test
	var connections []*elastictransport.Connection
	for _, host := range []string{"a:9200", "b:9200", "c:9200"} {
		connections = append(connections, &elastictransport.Connection{URL: &url.URL{Scheme: "http", Host: host}})
	}
	n.pool(connections, nil)
	taken := func() map[string]int {
		t.Helper()
		count := map[string]int{}
		for range 30 {
			c, err := n.Next()
			if err != nil {
				t.Fatal(err)
			}
			count[c.URL.Host]++
		}
		return count
	}
	if got := taken(); got["a:9200"] != 10 || got["b:9200"] != 10 || got["c:9200"] != 10 {
		t.Errorf("three addresses are taken %v times, want ten each", got)
	}
	n.note("a:9200", true)
	n.of("a:9200").until = time.Now().Add(-time.Hour)
	if got := taken(); got["a:9200"] != 0 || len(got) != 2 {
		t.Errorf("with one dead they are taken %v times", got)
	}
	n.note("b:9200", true)
	n.note("c:9200", true)
	if got := taken(); got["a:9200"] != 30 {
		t.Errorf("with all dead they are taken %v times, want the one whose time comes first", got)
	}
	n.note("c:9200", false)
	if got := taken(); got["c:9200"] != 30 {
		t.Errorf("with one alive again they are taken %v times", got)
	}
}
