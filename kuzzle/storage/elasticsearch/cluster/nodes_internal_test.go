package cluster

import (
	"net/http"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/endpoint"
)

// TestDeadAddressGetsNoRequest: an address that failed gets no request before a ping
// has found it alive, also when its time to be looked at has come; where all have
// failed, the one whose time comes first gets it.
func TestDeadAddressGetsNoRequest(t *testing.T) {
	n := newNodes([]endpoint.Node{{URL: "http://a:9200"}, {URL: "http://b:9200"}, {URL: "http://c:9200"}}, &http.Transport{})
	n.pings.stop() // nobody pings in this test
	a, b, c := n.all[0], n.all[1], n.all[2]
	taken := func() map[*nodeAddress]int {
		count := map[*nodeAddress]int{}
		for range 30 {
			count[n.take()]++
		}
		return count
	}
	if got := taken(); got[a] != 10 || got[b] != 10 || got[c] != 10 {
		t.Errorf("three addresses are taken %v times, want ten each", got)
	}
	n.note(a, true)
	a.until = time.Now().Add(-time.Hour)
	if got := taken(); got[a] != 0 || len(got) != 2 {
		t.Errorf("with one dead they are taken %v times", got)
	}
	n.note(b, true)
	n.note(c, true)
	if got := taken(); got[a] != 30 {
		t.Errorf("with all dead they are taken %v times, want the one whose time comes first", got)
	}
	n.note(c, false)
	if got := taken(); got[c] != 30 {
		t.Errorf("with one alive again they are taken %v times", got)
	}
}
