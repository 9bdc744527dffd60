package elasticsearch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
)

// SetupError says why the engine cannot start on a cluster, and what to do.
type SetupError struct {
	// Problem and Remedy are one line together.
	Problem, Remedy string
	Cause           error
}

func (e *SetupError) Error() string {
	text := "elasticsearch: " + e.Problem + ": " + e.Remedy
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return oneLine(text)
}

// Unwrap leads to what the cluster answered.
func (e *SetupError) Unwrap() error { return e.Cause }

// maxLine bounds what is repeated of an answer, which anybody may have written.
const maxLine = 800

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	return text
}

// What the cluster has to be.
const (
	product = "Elasticsearch"
	// major and leastMinor are the versions whose index settings are in use.
	major, leastMinor = 8, 13
	// checkPatience is how long an address may take to say who it is.
	checkPatience = 5 * time.Second
)

// checkCluster finds out who answers at the addresses. One that is used already
// by others may miss some of its nodes.
func (s *Store) checkCluster(ctx context.Context) error {
	var first error
	for range max(len(s.options.Addresses), 1) {
		err := s.checkNode(ctx)
		if err == nil {
			return nil
		}
		if first == nil || !errors.Is(err, errNobody) {
			first = err
		}
		if !errors.Is(err, errNobody) || ctx.Err() != nil {
			break
		}
	}
	return first
}

// errNobody is the cause where an address did not answer at all.
var errNobody = errors.New("no answer")

// checkNode asks the next address what it is.
func (s *Store) checkNode(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	response, err := esapi.NodesInfoRequest{NodeID: []string{"_local"}}.Do(limited, s.cluster.client)
	if err != nil {
		return s.noAnswer(err)
	}
	defer response.Body.Close()
	body := io.LimitReader(response.Body, 1<<20)
	if response.IsError() {
		return s.refusedAtStart(response, refusal(response.StatusCode, body))
	}
	var answer struct {
		Nodes map[string]struct {
			Version string `json:"version"`
		} `json:"nodes"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil && limited.Err() != nil {
		return s.noAnswer(err)
	}
	for _, node := range answer.Nodes {
		s.version = node.Version
	}
	return checkVersion(response.Header.Get("X-Elastic-Product"), s.version)
}

func checkVersion(is, version string) error {
	known, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	switch {
	case is != product && known == "7":
		return &SetupError{Problem: "what answers is Elasticsearch " + version + " or something that was made of it", Remedy: "use Elasticsearch 8"}
	case is != product && version != "":
		return &SetupError{Problem: "what answers is not Elasticsearch; it calls itself version " + strconv.Quote(version), Remedy: "give the address of an Elasticsearch 8 cluster"}
	case is != product:
		return &SetupError{Problem: "what answers is not Elasticsearch", Remedy: "give the address of an Elasticsearch 8 cluster"}
	case known != strconv.Itoa(major) || err != nil:
		return &SetupError{Problem: "the cluster runs Elasticsearch " + strconv.Quote(version), Remedy: "use version 8"}
	case n < leastMinor:
		return &SetupError{Problem: "the cluster runs Elasticsearch " + version, Remedy: fmt.Sprintf("upgrade it to %d.%d or a later version 8", major, leastMinor)}
	}
	return nil
}

// noAnswer says why an address cannot be talked to.
func (s *Store) noAnswer(err error) error {
	text := err.Error()
	at := strings.Join(s.options.Addresses, ", ")
	switch {
	case strings.Contains(text, "x509: certificate signed by unknown authority") && s.options.CAFile == "":
		return &SetupError{Problem: "the cluster's certificate is of an authority that this machine does not know", Remedy: "give that authority's certificate as elasticsearch.caFile", Cause: err}
	case strings.Contains(text, "x509: certificate signed by unknown authority"):
		return &SetupError{Problem: "the cluster's certificate is not of the authority in " + s.options.CAFile, Remedy: "give the certificate of the authority that signed it as elasticsearch.caFile", Cause: err}
	case strings.Contains(text, "x509:"), strings.Contains(text, "tls: failed to verify"):
		return &SetupError{Problem: "the cluster's certificate does not hold", Remedy: "use an address that the certificate names, and renew it if it has expired", Cause: err}
	case strings.Contains(text, "server gave HTTP response to HTTPS client"), strings.Contains(text, "first record does not look like a TLS handshake"):
		return &SetupError{Problem: "the cluster does not speak TLS at " + at, Remedy: "write the address with http://", Cause: err}
	case strings.Contains(text, "tls:"):
		return &SetupError{Problem: "no TLS connection can be made to " + at, Remedy: "check that the address is the cluster's HTTP port and asks for no client certificate", Cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &SetupError{Problem: "nobody answers at " + at, Remedy: "check the addresses, and that the cluster is well", Cause: fmt.Errorf("%w within %v", errNobody, checkPatience)}
	}
	return &SetupError{Problem: "nothing usable answers at " + at, Remedy: "check the addresses and that the cluster runs; where it speaks TLS write https://", Cause: errors.Join(errNobody, err)}
}

// refusedAtStart says what an answer means that is no success.
func (s *Store) refusedAtStart(response *esapi.Response, err error) error {
	switch {
	case response.StatusCode == http.StatusUnauthorized && s.anonymous():
		return &SetupError{Problem: "the cluster asks who we are", Remedy: "give elasticsearch.username and elasticsearch.password, or elasticsearch.apiKey", Cause: err}
	case response.StatusCode == http.StatusUnauthorized && s.options.APIKey != "":
		return &SetupError{Problem: "the cluster refuses the API key", Remedy: "check elasticsearch.apiKey: it may be wrong, expired or withdrawn", Cause: err}
	case response.StatusCode == http.StatusUnauthorized:
		return &SetupError{Problem: "the cluster refuses the user or the password", Remedy: "check elasticsearch.username and elasticsearch.password", Cause: err}
	case response.StatusCode == http.StatusForbidden:
		return s.lacksPrivilege(err)
	case response.Header.Get("X-Elastic-Product") != product:
		return &SetupError{Problem: "what answers is not Elasticsearch", Remedy: "give the address of an Elasticsearch 8 cluster", Cause: err}
	}
	return &SetupError{Problem: "the cluster does not say who it is", Remedy: "look at its health and log", Cause: err}
}

func (s *Store) anonymous() bool { return s.options.APIKey == "" && s.options.Username == "" }

// mayWrite refuses an account that may read every index and not write to it, which
// would start and then serve nobody. What else is wrong with writing may pass.
func (s *Store) mayWrite(ctx context.Context) error {
	if s.options.Existing {
		return nil
	}
	names := s.indexNames()
	refused := make([]error, len(names))
	parallel.AtMost(len(names), len(names), func(i int) {
		result := s.probe(ctx, names[i])
		for _, err := range []error{result.again, result.err} {
			if isStatus(err, http.StatusForbidden) && isKind(err, noPrivilege) {
				refused[i] = s.lacksPrivilege(err)
			}
		}
	})
	return cmp.Or(refused...)
}

// lacksPrivilege names all privileges that are needed; the answer names one.
func (s *Store) lacksPrivilege(err error) error {
	return &SetupError{
		Problem: "the account lacks a privilege",
		Remedy:  fmt.Sprintf("give it the privilege monitor on the cluster, and manage, read and write on the indexes %s*", s.options.Prefix), Cause: err,
	}
}

// setupFailed is the line for what went wrong after the cluster was known.
func (s *Store) setupFailed(err error) error {
	var setup *SetupError
	switch {
	case errors.As(err, &setup):
		return err
	case isStatus(err, http.StatusForbidden) && !isKind(err, "cluster_block_exception"):
		return s.lacksPrivilege(err)
	case isStatus(err, http.StatusForbidden):
		return &SetupError{Problem: "the cluster does not accept writes", Remedy: "remove the block, or make room on its disks", Cause: err}
	case isKind(err, "invalid_index_name_exception"):
		return &SetupError{Problem: "the name of an index is in use for something else", Remedy: "choose another elasticsearch.prefix", Cause: err}
	case isKind(err, "unavailable_shards_exception"):
		return &SetupError{Problem: "too few copies of an index are there for a write", Remedy: "add nodes to the cluster, or lower elasticsearch.waitForActiveShards", Cause: err}
	}
	return &SetupError{Problem: "the indexes cannot be made ready", Remedy: "look at the cluster's health and log", Cause: err}
}
