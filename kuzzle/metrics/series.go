package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// unknown is the label of controllers and actions that do not exist.
const unknown = "unknown"

// statuses are those that are told apart; the rest counts as other.
var statuses = [...]int{
	http.StatusOK, http.StatusPartialContent, http.StatusFound, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
	http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge,
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// buckets bound durations in seconds: a cached read takes a fraction of a
// millisecond, a password check some tens, a queue of them seconds.
var buckets = []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// vectors are the metrics of requests.
type vectors struct {
	requests *prometheus.CounterVec
	errors   *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newVectors(registry *prometheus.Registry) *vectors {
	v := &vectors{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "requests_total", Help: "Requests answered, by canonical action and status.",
		}, []string{"controller", "action", "status"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "errors_total", Help: "Requests that failed, by the error's id.",
		}, []string{"id"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "request_duration_seconds", Help: "Time from a request's arrival at the dispatcher to its answer.", Buckets: buckets,
		}, []string{"controller", "action"}),
	}
	registry.MustRegister(v.requests, v.errors, v.duration)
	return v
}

// series are the metrics of one action. They come to exist with its first
// request, so that actions nobody uses cost nothing.
type series struct {
	controller, action string
	duration           atomic.Pointer[prometheus.Observer]
	counts             [len(statuses) + 1]atomic.Pointer[prometheus.Counter]
}

func (s *series) count(v *vectors, status int) {
	at, label := slices.Index(statuses[:], status), ""
	if at < 0 {
		at, label = len(statuses), "other"
	}
	counter := s.counts[at].Load()
	if counter == nil {
		if label == "" {
			label = strconv.Itoa(status)
		}
		made := v.requests.WithLabelValues(s.controller, s.action, label)
		counter = &made
		s.counts[at].Store(counter)
	}
	(*counter).Inc()
}

func (s *series) observe(v *vectors, seconds float64) {
	histogram := s.duration.Load()
	if histogram == nil {
		made := v.duration.WithLabelValues(s.controller, s.action)
		histogram = &made
		s.duration.Store(histogram)
	}
	(*histogram).Observe(seconds)
}
